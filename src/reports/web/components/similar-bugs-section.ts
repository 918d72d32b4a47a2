// Bugs with similar stacks, each with what keeps it apart, the stacks side by side, and a way to merge.
import { html } from 'hono/html';
import type { Bug } from '../../../store/bugs.ts';
import type { SeenSimilarBug } from '../../gate/seen-similar-bugs.ts';
import { excerpt } from '../../view/excerpt.ts';
import type { Html } from '../page.ts';
import { form } from './form-controls.ts';
import { count } from './value-table.ts';

const SHOWN_FRAMES = 16;

/** Null where there is nothing to suggest. */
export function similarBugsSection(
  bug: Bug,
  similar: readonly SeenSimilarBug[],
  { csrf, mayChange }: { readonly csrf: string; readonly mayChange: boolean },
): Html | null {
  if (similar.length === 0) return null;
  return html`<section aria-labelledby="similar">
    <h2 id="similar">Similar bugs</h2>
    <p class="quiet">By their stacks. These are suggestions: nothing is merged by itself.</p>
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
              : html`<p>Why it is not this bug: ${difference.reasons.map((reason) => html`${excerpt(reason, 500).text} `)}</p>
                  <table>
                    <caption>
                      Stacks side by side, innermost first
                    </caption>
                    <thead>
                      <tr>
                        <th scope="col">Bug ${bug.id}</th>
                        <th scope="col">Bug ${row.id}</th>
                      </tr>
                    </thead>
                    <tbody>
                      ${difference.frames.slice(0, SHOWN_FRAMES).map(
                        ({ one, other }) =>
                          html`<tr>
                            <td class="value">${cell(one, one === other)}</td>
                            <td class="value">${cell(other, one === other)}</td>
                          </tr>`,
                      )}
                    </tbody>
                  </table>`
          }
          ${
            mayChange
              ? form(
                  { to: `/bugs/${bug.id}`, action: 'merge', csrf, className: 'control' },
                  html`<input type="hidden" name="into" value="${row.id}" />
                    <p class="hint">
                      Merging moves ${count(bug.count)} ${bug.count === 1 ? 'crash' : 'crashes'} of this bug to bug ${row.id}, which
                      would have ${count(bug.count + row.count)}; later reports follow.
                    </p>
                    <button class="danger">Merge this bug into bug ${row.id}</button>`,
                )
              : null
          }
        </details>`,
    )}
  </section>`;
}

function cell(frame: string | null, isShared: boolean): Html {
  if (frame === null) return html`<span class="quiet">–</span>`;
  const { text } = excerpt(frame, 160);
  return isShared ? html`${text}` : html`<strong>${text}</strong>`;
}
