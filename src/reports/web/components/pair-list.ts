// Names and values within a budget: a report can hold any number of them, and a page must stay small.
import { html } from 'hono/html';
import { excerpt } from '../../view/excerpt.ts';
import type { Html } from '../page.ts';
import { count, typed } from './value-table.ts';

const NAME_BUDGET = 80;
const VALUE_BUDGET = 240;
/** What the markup of a pair costs, in bytes. */
const PAIR_COST = 140;

/** As many pairs as the budget has bytes for; the others are counted. `more` says where they are. */
export function pairList(
  pairs: readonly (readonly [name: string, value: string])[],
  budget: { left: number },
  more: string,
): Html {
  const shown: Html[] = [];
  for (const [name, value] of pairs) {
    const [key, text] = [excerpt(name, NAME_BUDGET), excerpt(value, VALUE_BUDGET)];
    const cost = key.cost + text.cost + PAIR_COST;
    if (cost > budget.left) break;
    budget.left -= cost;
    shown.push(
      html`<div>
        <dt>${key.text}</dt>
        <dd>${typed(name, value, `${text.text}${text.complete ? '' : '…'}`)}</dd>
      </div>`,
    );
  }
  const left = pairs.length - shown.length;
  return html`<dl class="facts">
      ${shown}
    </dl>
    ${left === 0 ? null : html`<p class="quiet">${shown.length === 0 ? '' : 'and '}${count(left)} more in ${more}.</p>`}`;
}
