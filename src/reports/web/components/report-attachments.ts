// Attachments of a report: name, size, SHA-256; the download and the client's own file name only with the right.
import { html } from 'hono/html';
import type { Attachment } from '../../../report/report.ts';
import type { SeenReport } from '../../gate/seen-report.ts';
import { goneSentences } from '../../view/gone-words.ts';
import { excerpt } from '../../view/excerpt.ts';
import { attachmentPath } from '../../view/report-json.ts';
import type { Html } from '../page.ts';
import { count, nothing, shortId, size } from './value-table.ts';
import { table } from './table.ts';
import type { Column } from './table.ts';

/** Rows shown before the rest is left for the bundle. */
const MAX_ROWS = 20;

/** The section. */
export function attachmentSection(report: SeenReport, seesProtected: boolean): Html {
  const { attachments } = report;
  const gone = goneSentences(report.gone);
  const columns: readonly (Column<Attachment> | null)[] = [
    {
      label: 'Name',
      cell: ({ name }) =>
        seesProtected
          ? html`<a class="row" href="${attachmentPath('/reports', report.crashId, name)}" download
              >${name}</a
            >`
          : name,
    },
    { label: 'Kind', cell: ({ kind }) => kind },
    seesProtected
      ? {
          label: 'File name of the client',
          wideOnly: true,
          cell: ({ filename }) =>
            filename === null ? nothing : html`<span class="value">${excerpt(filename, 160).text}</span>`,
        }
      : null,
    seesProtected
      ? {
          label: 'Type',
          wideOnly: true,
          cell: ({ contentType }) =>
            contentType === null
              ? nothing
              : html`<span class="value">${excerpt(contentType, 100).text}</span>`,
        }
      : null,
    { label: 'Size', number: true, cell: (attachment) => size(attachment.size) },
    // The hash of a small file tells whoever guesses right what is in it.
    seesProtected ? { label: 'SHA-256', cell: ({ sha256 }) => shortId(sha256, 16) } : null,
  ];
  return html`<section aria-labelledby="attachments">
    <h2 id="attachments">Attachments <span class="quiet">${count(attachments.length)}</span></h2>
    ${
      attachments.length === 0
        ? html`<p class="quiet">${gone.length === 0 ? 'The report has none.' : 'None is left.'}</p>`
        : table({
            caption: 'Attachments',
            columns: columns.filter((column) => column !== null),
            rows: attachments.slice(0, MAX_ROWS),
          })
    }
    ${gone.map((sentence) => html`<p class="quiet">${excerpt(sentence, 1000).text}</p>`)}
    ${attachments.length > MAX_ROWS ? html`<p class="quiet">and ${count(attachments.length - MAX_ROWS)} more, all in the bundle.</p>` : null}
    ${attachments.length > 0 && !seesProtected ? html`<p class="quiet">Attachments are protected data; your account cannot open them.</p>` : null}
  </section>`;
}
