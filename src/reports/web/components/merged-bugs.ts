// Bugs that were merged into the one that is shown, each with who did it and a way back.
import { html } from 'hono/html';
import type { Bug, MergedBug } from '../../../store/bugs.ts';
import { excerpt } from '../../view/excerpt.ts';
import type { Html } from '../page.ts';
import { form } from './form-controls.ts';
import { time } from './value-table.ts';

/** Null where nothing was merged. */
export function mergedBugs(
  bug: Bug,
  merges: readonly MergedBug[],
  { now, csrf, mayChange }: { readonly now: number; readonly csrf: string; readonly mayChange: boolean },
): Html | null {
  if (merges.length === 0) return null;
  return html`<section aria-labelledby="merged">
    <h2 id="merged">Merged into this bug</h2>
    <ul class="plain">
      ${merges.map(
        ({ id, title, by, at, canBeUndone }) =>
          html`<li>
            Bug ${id}: ${excerpt(title, 160).text}
            <span class="quiet">by ${by ?? 'reprocessing'} ${time(at, now)}</span>
            ${
              mayChange && canBeUndone
                ? form(
                    { to: `/bugs/${bug.id}`, action: 'unmerge', csrf, className: 'control' },
                    html`<input type="hidden" name="from" value="${id}" />
                      <p class="hint">
                        Its reports, counts, keys and history go back to bug ${id}. Crashes that came since the merge go where
                        their key leads.
                      </p>
                      <button>Undo the merge of bug ${id}</button>`,
                  )
                : null
            }
          </li>`,
      )}
    </ul>
  </section>`;
}
