// Two bugs side by side: why they are not one, what their keys are made of, and their stacks, with what differs in bold.
import { html } from 'hono/html';
import type { CrashDifference, KeyPartDifference } from '../../../process/preview/crash-difference.ts';
import { excerpt } from '../../view/excerpt.ts';
import type { Html } from '../page.ts';
import { nothing } from './value-table.ts';

const PARTS: Readonly<Record<KeyPartDifference['part'], string>> = {
  kind: 'Kind',
  frames: 'Frames that name it',
  message: 'Message, without its values',
};

/** `shownFrames`: rows of the stacks. */
export function keyDifference(
  { reasons, parts, frames }: CrashDifference,
  { one, other, shownFrames }: { readonly one: number; readonly other: number; readonly shownFrames: number },
): Html {
  const heads = html`<th scope="col">Bug ${one}</th>
    <th scope="col">Bug ${other}</th>`;
  return html`<p>Why they are not one bug: ${reasons.map((reason) => html`${excerpt(reason, 500).text} `)}</p>
    ${
      parts.length === 0
        ? null
        : html`<div class="table">
            <table class="compare">
              <caption>
                What their keys are made of
              </caption>
              <thead>
                <tr>
                  <th scope="col">Part</th>
                  ${heads}
                </tr>
              </thead>
              <tbody>
                ${parts.map(
                  ({ part, one: mine, other: theirs, isSame }) =>
                    html`<tr>
                      <th scope="row">${PARTS[part]}</th>
                      <td class="value">${lines(mine, isSame)}</td>
                      <td class="value">${lines(theirs, isSame)}</td>
                    </tr>`,
                )}
              </tbody>
            </table>
          </div>`
    }
    <div class="table">
      <table class="compare">
        <caption>
          Stacks side by side, innermost first
        </caption>
        <thead>
          <tr>
            ${heads}
          </tr>
        </thead>
        <tbody>
          ${frames.slice(0, shownFrames).map(
            ({ one: mine, other: theirs }) =>
              html`<tr>
                <td class="value">${cell(mine, mine === theirs)}</td>
                <td class="value">${cell(theirs, mine === theirs)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${frames.length > shownFrames ? html`<p class="quiet">and ${frames.length - shownFrames} more rows.</p>` : null}`;
}

function lines(texts: readonly string[], isSame: boolean): Html {
  if (texts.length === 0) return html`${nothing}`;
  return html`${texts.map((text, at) => html`${at === 0 ? null : html`<br />`}${cell(text, isSame)}`)}`;
}

function cell(text: string | null, isSame: boolean): Html {
  if (text === null) return html`<span class="quiet">–</span>`;
  const shown = excerpt(text, 200).text;
  return isSame ? html`${shown}` : html`<strong>${shown}</strong>`;
}
