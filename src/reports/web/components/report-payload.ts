// The raw payload of a report: pretty-printed where it is JSON, and as it was sent. Protected, so collapsed.
import { html } from 'hono/html';
import type { SeenStore } from '../../gate/gate.ts';
import type { SeenReport } from '../../gate/seen-report.ts';
import { excerpt } from '../../view/excerpt.ts';
import { readText } from '../../view/payload-view.ts';
import { prettyJson } from '../../view/pretty-json.ts';
import { attachmentPath } from '../../view/report-json.ts';
import type { Html } from '../page.ts';
import { codeBlock } from './code.ts';

/** Bytes of HTML for each of the two forms. */
const BUDGET = 5000;

/** The section; null where the protocol has no payload of its own (forms: annotations and attachments are all). */
export async function payloadSection(seen: SeenStore, report: SeenReport): Promise<Html | null> {
  const attachment = report.attachments.find(({ kind }) => kind === 'payload');
  if (attachment === undefined) return null;
  const read = await readText(seen, report.crashId, attachment.name);
  if (read === null) return null;
  const pretty = read.complete ? prettyJson(read.text, BUDGET * 2) : null;
  const base = `/reports/${report.crashId}/raw/${encodeURIComponent(attachment.name)}`;
  return html`<section aria-labelledby="payload">
    <h2 id="payload">Payload</h2>
    <p>
      As plain text: ${pretty === null ? null : html`<a href="${base}?pretty=1">pretty-printed</a> · `}<a
        href="${base}"
        >as sent</a
      >
      · <a href="${attachmentPath('/reports', report.crashId, attachment.name)}" download>download</a>
    </p>
    ${
      pretty === null
        ? null
        : html`<details class="protected">
            <summary>Pretty-printed</summary>
            ${block('payload-pretty', 'Payload, pretty-printed', pretty)}
          </details>`
    }
    <details class="protected" ${pretty === null ? html` open` : null}>
      <summary>As sent</summary>
      ${block('payload-sent', 'Payload as sent', read.text)}
    </details>
  </section>`;
}

function block(id: string, label: string, text: string): Html {
  const part = excerpt(text, BUDGET);
  return html`${codeBlock({ id, label, text: part.text })}
  ${part.complete ? null : html`<p class="quiet">The beginning only; the links above give the whole.</p>`}`;
}
