// How often each value of each key was seen in a bug, by section: environment, request, custom. Protected ones are marked,
// collapsed, and absent without the right.
import { html } from 'hono/html';
import type { BugValue } from '../../../store/bugs.ts';
import { excerpt } from '../../view/excerpt.ts';
import type { Html } from '../page.ts';
import { barTable } from './chart.ts';
import { count } from './value-table.ts';

/** Bytes of HTML that all values of a page may take. */
const PAGE_BUDGET = 14_000;
const VALUE_BUDGET = 160;
const ROW_COST = 230;
const KEY_COST = 420;

/** The section. `full`: everything, for which the page may grow. */
export function bugValues(
  values: readonly BugValue[],
  options: { readonly hidden: number; readonly full: boolean; readonly fullLink: string },
): Html | null {
  if (values.length === 0 && options.hidden === 0) return null;
  const budget = { left: options.full ? Number.POSITIVE_INFINITY : PAGE_BUDGET };
  const sections = [...Map.groupBy(values, ({ section }) => section)];
  const shown = sections.map(([name, list]) => section(name, list, budget));
  return html`<section aria-labelledby="values">
    <h2 id="values">Values</h2>
    ${shown}
    ${budget.left < 0 ? html`<p><a href="${options.fullLink}">Show all values</a></p>` : null}
    ${
      options.hidden === 0
        ? null
        : html`<p class="quiet">
            ${count(options.hidden)} protected ${options.hidden === 1 ? 'value is' : 'values are'} not shown: your
            account does not have the right to see protected data.
          </p>`
    }
  </section>`;
}

function section(name: string, values: readonly BugValue[], budget: { left: number }): Html | null {
  const keys = [...Map.groupBy(values, ({ key }) => key)];
  const open = keys.filter(([, list]) => list.every((value) => !value.protected));
  const closed = keys.filter(([, list]) => list.some((value) => value.protected));
  const openPart = keyList(open, budget);
  const closedPart = keyList(closed, budget);
  if (openPart.length === 0 && closedPart.length === 0) return null;
  const title = excerpt(name, 80).text;
  return html`${openPart.length === 0 ? null : html`<h3>${title}</h3><div class="keyed">${openPart}</div>`}${
    closedPart.length === 0
      ? null
      : html`<details class="protected">
          <summary>${title}: ${count(closedPart.length)} protected ${closedPart.length === 1 ? 'key' : 'keys'}</summary>
          <div class="keyed">${closedPart}</div>
        </details>`
  }`;
}

function keyList(
  keys: readonly (readonly [string, readonly BugValue[]])[],
  budget: { left: number },
): readonly Html[] {
  const shown: Html[] = [];
  for (const [key, values] of keys) {
    const cost =
      KEY_COST +
      values.reduce((sum, { value }) => sum + ROW_COST + excerpt(value ?? '', VALUE_BUDGET).cost, 0);
    budget.left -= cost;
    if (budget.left < 0) break;
    const name = excerpt(key, 100).text;
    shown.push(
      html`<div>
        <h4>${name}</h4>
        ${barTable({
          caption: `Values of ${name} by frequency`,
          nameLabel: 'Value',
          rows: values.map((value) => ({
            name:
              value.value === null
                ? html`<span class="quiet">other values</span>`
                : html`<code class="value">${cutValue(value.value)}</code>`,
            value: value.count,
          })),
        })}
      </div>`,
    );
  }
  return shown;
}

function cutValue(value: string): string {
  const { text, complete } = excerpt(value, VALUE_BUDGET);
  return value === '' ? '(empty)' : complete ? text : `${text}…`;
}
