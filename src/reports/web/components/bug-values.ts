// Which share of a bug's crashes has which value, by section: environment, request, custom. A value leads to its crashes. Protected keys are
// marked, collapsed, and absent without the right; keys of which nearly every crash has a value of its own (numbers of requests, customers) are
// only named, since their shares say nothing.
import { html } from 'hono/html';
import type { BugValue } from '../../../store/bugs.ts';
import { excerpt } from '../../view/excerpt.ts';
import type { Html } from '../page.ts';
import { parseQuery } from '../../../search/query/parse-query.ts';
import { printQuery } from '../../../search/query/print-query.ts';
import { equals, filteredLink } from '../../query/crash-filter.ts';
import type { GivenCrashFilter } from '../../query/crash-filter.ts';
import { count } from './value-table.ts';

/** Bytes of HTML that all values of a page may take. */
const PAGE_BUDGET = 14_000;
const VALUE_BUDGET = 160;
const ROW_COST = 330;
const KEY_COST = 420;
/** Shown of each key; the rest is behind a link. */
const SHOWN_VALUES = 5;
/** Fewer crashes than these are no reason to call a key unique. */
const FEW = 4;
/** Of a key with so small a share of its most frequent value, no value tells anything of the bug. */
const SMALL_SHARE = 0.05;

export interface BugValuesOptions {
  readonly bugId: number;
  readonly given: GivenCrashFilter;
  readonly hidden: number;
  readonly full: boolean;
  readonly fullLink: string;
}

/** Whether nearly each crash has its own value: no share of it says anything. */
export function isNearlyUnique(values: readonly BugValue[]): boolean {
  const all = values.reduce((sum, value) => sum + value.count, 0);
  const most = Math.max(0, ...values.map(({ value, count: of }) => (value === null ? 0 : of)));
  return all >= FEW && (most <= 1 || most / all < SMALL_SHARE);
}

/** The section. `full`: everything, for which the page may grow. */
export function bugValues(values: readonly BugValue[], options: BugValuesOptions): Html | null {
  if (values.length === 0 && options.hidden === 0) return null;
  const budget = { left: options.full ? Number.POSITIVE_INFINITY : PAGE_BUDGET };
  const keys = [...Map.groupBy(values, ({ section, key }) => JSON.stringify([section, key])).values()];
  const telling = keys.filter((list) => !isNearlyUnique(list));
  const unique = keys.filter(isNearlyUnique);
  const sections = [...Map.groupBy(telling, ([first]) => first?.section ?? '')];
  const shown = sections.map(([name, list]) => section(name, list, budget, options));
  const names = unique.map(([first]) => excerpt(first?.key ?? '', 60).text).slice(0, 40);
  return html`<section aria-labelledby="values">
    <h2 id="values">Shares <span class="quiet">of the crashes that say so</span></h2>
    ${shown}
    ${
      names.length === 0
        ? null
        : html`<p class="quiet">
            Not here, since nearly every crash has its own: ${names.join(', ')}. A search finds them.
          </p>`
    }
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

type Key = readonly BugValue[];

function section(
  name: string,
  keys: readonly Key[],
  budget: { left: number },
  options: BugValuesOptions,
): Html | null {
  const isOpen = (list: Key): boolean => list.every((value) => !value.protected);
  const openPart = keyList(keys.filter(isOpen), budget, options);
  const closedPart = keyList(
    keys.filter((list) => !isOpen(list)),
    budget,
    options,
  );
  if (openPart.length === 0 && closedPart.length === 0) return null;
  const title = excerpt(name, 80).text;
  // One heading above both: what is folded must not stand below the heading of another section.
  return html`<h3>${title}</h3>
    ${openPart.length === 0 ? null : html`<div class="keyed">${openPart}</div>`}${
      closedPart.length === 0
        ? null
        : html`<details class="protected">
          <summary>${count(closedPart.length)} protected ${closedPart.length === 1 ? 'key' : 'keys'}</summary>
          <div class="keyed">${closedPart}</div>
        </details>`
    }`;
}

function keyList(keys: readonly Key[], budget: { left: number }, options: BugValuesOptions): readonly Html[] {
  const shown: Html[] = [];
  for (const values of keys) {
    const [first] = values;
    if (first === undefined) continue;
    const rows = options.full ? values : together(values);
    const cost =
      KEY_COST +
      rows.reduce((sum, { value }) => sum + ROW_COST + 2 * excerpt(value ?? '', VALUE_BUDGET).cost, 0);
    budget.left -= cost;
    if (budget.left < 0) break;
    const name = excerpt(first.key, 100).text;
    const all = rows.reduce((sum, value) => sum + value.count, 0);
    shown.push(
      html`<div>
        <h4>${name}</h4>
        ${shareTable(`Values of ${name} by frequency`, rows, all, options)}
      </div>`,
    );
  }
  return shown;
}

/** The most frequent ones, and the others as one row. */
function together(values: Key): Key {
  const named = values.filter(({ value }) => value !== null).slice(0, SHOWN_VALUES);
  const rest = values.filter((value) => !named.includes(value));
  const [first] = rest;
  if (first === undefined) return named;
  const total = rest.reduce((sum, value) => sum + value.count, 0);
  return [...named, rest.length === 1 ? first : { ...first, value: null, count: total }];
}

/** A value, its crashes, their share in percent, and a bar that says the same. */
function shareTable(caption: string, rows: Key, all: number, options: BugValuesOptions): Html {
  return html`<table class="bars shares">
    <caption class="unseen">
      ${caption}
    </caption>
    <thead class="unseen">
      <tr>
        <th scope="col">Value</th>
        <th scope="col">Crashes</th>
        <th scope="col">Share</th>
      </tr>
    </thead>
    <tbody>
      ${rows.map((value) => {
        const share = all === 0 ? 0 : value.count / all;
        const percent = share > 0 && share < 0.005 ? '<1' : String(Math.round(share * 100));
        return html`<tr>
          <th scope="row">${valueCell(value, options)}</th>
          <td class="number">${count(value.count)}</td>
          <td class="number">
            ${percent}\u00a0%<svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><path class="bars" d="M0 0h${Math.max(1, Math.round(share * 100))}v4H0z" /></svg>
          </td>
        </tr>`;
      })}
    </tbody>
  </table>`;
}

/** A value leads to the bug's crashes that have it, where a search can say it. */
function valueCell({ section: name, key, value }: BugValue, { bugId, given }: BugValuesOptions): Html {
  if (value === null) return html`<span class="quiet">others</span>`;
  const shown = html`<code class="value">${cutValue(value)}</code>`;
  if (value === '') return shown;
  const clause = printQuery(equals(name === 'crash' ? key : `${name}.${key}`, value));
  const q = given.q === undefined ? clause : `(${given.q}) ${clause}`;
  // A name that no search can say has no link, and neither has what is too much for one.
  if (clause.length > 300 || 'fault' in parseQuery(q)) return shown;
  return html`<a href="${filteredLink(`/bugs/${bugId}`, { ...given, q })}">${shown}</a>`;
}

function cutValue(value: string): string {
  const { text, complete } = excerpt(value, VALUE_BUDGET);
  return value === '' ? '(empty)' : complete ? text : `${text}…`;
}
