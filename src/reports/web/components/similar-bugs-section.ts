// Bugs with similar stacks, each with what keeps it apart and the stacks side by side, and the way to compare and merge.
import { html } from 'hono/html';
import type { Bug } from '../../../store/bugs.ts';
import type { SeenSimilarBug } from '../../gate/seen-similar-bugs.ts';
import { excerpt } from '../../view/excerpt.ts';
import type { Html } from '../page.ts';
import { keyDifference } from './key-difference.ts';
import { count } from './value-table.ts';

const SHOWN_FRAMES = 16;

/** The suggestions, and a field for any other bug. */
export function similarBugsSection(bug: Bug, similar: readonly SeenSimilarBug[]): Html {
  return html`<section aria-labelledby="similar">
    <h2 id="similar">Similar bugs</h2>
    ${
      similar.length === 0
        ? html`<p class="quiet">No other bug of the product has a stack like this one.</p>`
        : html`<p class="quiet">By their stacks. These are suggestions: nothing is merged by itself.</p>`
    }
    ${similar.map(
      ({ row, similarity, difference }) =>
        html`<details class="similar">
          <summary>
            <a href="/bugs/${row.id}">Bug ${row.id}</a>: ${excerpt(row.title, 160).text}
            <span class="quiet">${Math.round(similarity * 100)} % alike · ${count(row.count)} ${row.count === 1 ? 'crash' : 'crashes'} · ${row.state}</span>
          </summary>
          ${
            difference === null
              ? html`<p class="quiet">No report of one of them is stored any longer.</p>`
              : keyDifference(difference, { one: bug.id, other: row.id, shownFrames: SHOWN_FRAMES })
          }
          <p><a class="button" href="/bugs/${bug.id}/compare?with=${row.id}">Compare or merge with bug ${row.id}</a></p>
        </details>`,
    )}
    <form method="get" action="/bugs/${bug.id}/compare" class="row-form">
      <div class="field">
        <label for="field-with">Why is it not another bug? Its number</label>
        <input id="field-with" name="with" required maxlength="20" />
      </div>
      <button>Compare</button>
    </form>
  </section>`;
}
