// Where the crash of a report stands in the text that it came in, and what else stands there: "also in this log".
import { html } from 'hono/html';
import type { OtherTrace, ProcessedLog } from '../../../report/processed-report.ts';
import { excerpt } from '../../view/excerpt.ts';
import type { Html } from '../page.ts';

const SHOWN = 10;
/** Bytes of HTML of one line of the original. */
const LINE_BUDGET = 300;
const MAX_LINES = 40;
/** Lines of the original before the place and behind it. */
const AROUND = 2;

/** The section; null where the crash was not read from a text. `text` is the original, for people who may see it. */
export function logSection(log: ProcessedLog | undefined, text: string | null): Html | null {
  if (log === undefined) return null;
  const { place, others, name } = log;
  return html`<section aria-labelledby="log">
    <h2 id="log">In the log</h2>
    <p>
      The crash was read from lines ${place.firstLine} to ${place.lastLine} of ${log.source}
      <code class="value">${excerpt(name, 200).text}</code>.
    </p>
    ${text === null ? null : original(text, log)}
    ${
      others.length === 0
        ? null
        : html`<h3>Also in this log</h3>
            <ul>
              ${others.slice(0, SHOWN).map((other) => html`<li>${otherLine(other)}</li> `)}
            </ul>
            ${others.length > SHOWN ? html`<p class="quiet">and ${others.length - SHOWN} more.</p>` : null}`
    }
  </section>`;
}

function otherLine({ firstLine, lastLine, kind, message, frame, language, fate }: OtherTrace): Html {
  const said = message === '' ? kind : `${kind}: ${message}`;
  return html`<span class="value">${excerpt(said === '' ? language : said, 300).text}</span>
    ${frame === null ? null : html`<code class="value">${excerpt(frame, 200).text}</code>`}
    <span class="quiet">lines ${firstLine} to ${lastLine}, ${fate}</span>`;
}

/** The lines of the original with the crash's marked. */
function original(text: string, { place }: ProcessedLog): Html {
  const before = text
    .slice(0, place.start)
    .split('\n')
    .slice(-AROUND - 1, -1);
  const marked = text.slice(place.start, place.end).split('\n', MAX_LINES);
  const behind = text.slice(place.end, place.end + 2000).split('\n', AROUND);
  const line = (one: string): Html => html`${excerpt(one.replaceAll('\r', ''), LINE_BUDGET).text}
`;
  return html`<details class="protected">
    <summary>The place in the original</summary>
    <pre tabindex="0" aria-label="The place in the original"><code>${before.map(line)}<mark>${marked.map(line)}</mark>${behind.map(line)}</code></pre>
  </details>`;
}
