// Which columns the list of bugs has: a form that works without scripts, folded away at the end of the line of sums.
import { html } from 'hono/html';
import { BUG_COLUMN_LABELS, BUG_COLUMNS } from '../../query/bug-columns.ts';
import type { BugColumn } from '../../query/bug-columns.ts';
import type { GivenBugFilters } from '../../query/bug-query.ts';
import type { Html } from '../page.ts';

/** The field that says that somebody chose, and did not follow a link that names columns. */
export const REMEMBER = 'remember';

/** `given` is carried along. */
export function columnChoice(columns: readonly BugColumn[], given: GivenBugFilters): Html {
  return html`<details class="menu">
    <summary>Columns</summary>
    <form method="get" action="/bugs" class="stack">
      ${Object.entries(given).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
      <input type="hidden" name="${REMEMBER}" value="1" />
      ${BUG_COLUMNS.map(
        (column) =>
          html`<div class="check">
            <input id="column-${column}" type="checkbox" name="columns" value="${column}" ${columns.includes(column) ? html` checked` : null} />
            <label for="column-${column}">${BUG_COLUMN_LABELS[column]}</label>
          </div>`,
      )}
      <button>Show these</button>
    </form>
  </details>`;
}
