// /reports/{crash id}/debug: for whoever writes a client: what arrived and how, part by part, and what the collector and the processor said.
// Names, sizes and notes; no value of an annotation stands here.
import { html } from 'hono/html';
import type { ProcessedReport } from '../../../report/processed-report.ts';
import type { Attachment } from '../../../report/report.ts';
import type { SeenReport } from '../../gate/seen-report.ts';
import { excerpt } from '../../view/excerpt.ts';
import { PROTOCOL_NAMES } from '../components/report-links.ts';
import { type Column, facts, table } from '../components/table.ts';
import { count, exactTime, nothing, size } from '../components/value-table.ts';
import { namedReport } from '../named-report.ts';
import type { Html, MemberPage } from '../page.ts';

const MAX_PARTS = 1000;
const MAX_KEYS = 1000;
const MAX_NOTES = 200;

export const reportDebugPage: MemberPage = {
  path: '/reports/:crash_id/debug',
  access: 'read',
  nav: 'reports',
  async view(request) {
    const { seen, person } = request;
    const report = await namedReport(request);
    const found = await seen.getProcessed(report.crashId);
    const failure = await seen.failure(report.crashId);
    const processed = found?.processed ?? null;
    return {
      kind: 'html',
      title: `Debug crash ${report.crashId.slice(0, 8)}`,
      secret: person.seesProtected,
      body: html`<h1>What arrived</h1>
        <p>with <a href="/reports/${report.crashId}">report ${report.crashId.slice(0, 8)}</a></p>
        ${arrival(report)} ${parts(report, person.seesProtected)} ${keys(report, processed, person.seesProtected)}
        ${noteList('Collector notes', 'collector-notes', report.notes)}
        ${processing(processed, failure?.reason ?? null)}`,
    };
  },
};

function arrival(report: SeenReport): Html {
  const { throttle } = report;
  const stored = report.attachments.reduce((sum, attachment) => sum + attachment.size, 0);
  return html`<section aria-labelledby="request">
    <h2 id="request">Request</h2>
    ${facts([
      ['Arrived', exactTime(report.receivedAt)],
      ['Protocol', PROTOCOL_NAMES[report.protocol]],
      ['Payload kind', report.payloadKind],
      ['Content-Encoding', report.encoding],
      ['Body, decoded', size(report.bodyBytes)],
      ['Attachments, together', size(stored)],
      [
        'Throttle',
        html`${throttle.action.replace('_', ' ')} <span class="quiet">by rule</span> <code>${excerpt(throttle.rule, 200).text}</code>`,
      ],
      [
        'User agent',
        report.userAgent === null
          ? null
          : html`<span class="value">${excerpt(report.userAgent, 800).text}</span>`,
      ],
    ])}
  </section>`;
}

/** Every dump and file under the name that the server knows it by. */
function parts({ attachments }: SeenReport, seesProtected: boolean): Html {
  const columns: readonly (Column<Attachment> | null)[] = [
    { label: 'Name', cell: ({ name }) => html`<code>${name}</code>` },
    { label: 'Kind', cell: ({ kind }) => kind },
    { label: 'Bytes', number: true, cell: (attachment) => count(attachment.size) },
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
    // The hash of a small file tells whoever guesses right what is in it.
    seesProtected
      ? { label: 'SHA-256', cell: ({ sha256 }) => html`<code class="value">${sha256}</code>` }
      : null,
  ];
  const dumps = attachments.filter(({ kind }) => kind === 'minidump');
  return html`<section aria-labelledby="parts">
    <h2 id="parts">Dumps and files <span class="quiet">${count(attachments.length)}</span></h2>
    ${
      attachments.length === 0
        ? html`<p class="quiet">None came.</p>`
        : table({
            caption: 'Dumps and files',
            columns: columns.filter((column) => column !== null),
            rows: attachments.slice(0, MAX_PARTS),
          })
    }
    ${
      dumps.length > 0 && !dumps.some(({ name }) => name === 'upload_file_minidump')
        ? html`<p>No part is named <code>upload_file_minidump</code>, which is the dump of the process that crashed.</p>`
        : null
    }
    ${seesProtected ? null : html`<p class="quiet">Hashes and types are protected data.</p>`}
  </section>`;
}

/** The names of all annotations; the processor's list has those whose values a person may not see as well. */
function keys(report: SeenReport, processed: ProcessedReport | null, seesProtected: boolean): Html {
  const files = new Set(report.attachments.map(({ name }) => name));
  const known = new Map(report.annotations.map(({ key, protected: hidden }) => [key, hidden]));
  const all = [
    ...new Set([...known.keys(), ...(processed?.crashReportKeys ?? []).filter((key) => !files.has(key))]),
  ];
  const shown = all.toSorted((a, b) => (a < b ? -1 : 1)).slice(0, MAX_KEYS);
  return html`<section aria-labelledby="keys-of-annotations">
    <h2 id="keys-of-annotations">Annotations <span class="quiet">${count(report.annotations.length + report.hidden)}</span></h2>
    ${
      shown.length === 0
        ? html`<p class="quiet">${report.hidden === 0 ? 'None came.' : 'All of them are protected data.'}</p>`
        : html`<ul class="keys-of-annotations">
            ${shown.map(
              (key) =>
                html`<li><code class="value">${excerpt(key, 200).text}</code>${(known.get(key) ?? true) ? html` <span class="quiet">protected</span>` : null}</li> `,
            )}
          </ul>`
    }
    ${all.length > shown.length ? html`<p class="quiet">and ${count(all.length - shown.length)} more.</p>` : null}
    ${seesProtected ? null : html`<p class="quiet">Values of protected annotations are seen by people with the right to protected data.</p>`}
  </section>`;
}

function processing(processed: ProcessedReport | null, failure: string | null): Html {
  if (processed === null) {
    return html`<section aria-labelledby="processor">
      <h2 id="processor">Processor</h2>
      <p class="quiet">${failure === null ? 'The report was not processed yet.' : excerpt(failure, 500).text}</p>
    </section>`;
  }
  return html`<section aria-labelledby="processor">
      <h2 id="processor">Processor</h2>
      ${facts([
        ['Status', processed.status],
        ['Problem', processed.problem === null ? null : excerpt(processed.problem, 500).text],
        ['Processed', exactTime(processed.processedAt)],
        ['Walked minidumps', Object.keys(processed.minidumps).join(', ') || 'none'],
        ['Crashes', count(processed.crashes.length)],
      ])}
    </section>
    ${noteList('Processor notes', 'processor-notes', processed.notes)}`;
}

function noteList(title: string, id: string, notes: readonly string[]): Html {
  const shown = notes.slice(0, MAX_NOTES);
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${title} <span class="quiet">${count(notes.length)}</span></h2>
    ${
      shown.length === 0
        ? html`<p class="quiet">None.</p>`
        : html`<ul>
            ${shown.map((note) => html`<li class="value">${excerpt(note, 400).text}</li> `)}
          </ul>`
    }
    ${notes.length > shown.length ? html`<p class="quiet">and ${count(notes.length - shown.length)} more.</p>` : null}
  </section>`;
}
