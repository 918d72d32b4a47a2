// Tabs and filters above the bug list: links and one GET form, so that the address holds them and works without scripts.
import { html } from 'hono/html';
import { BUG_STATES } from '../../../store/bugs.ts';
import type { BugState } from '../../../store/bugs.ts';
import type { BugFilterName, BugQuery } from '../../query/bug-query.ts';
import type { bugsLink } from '../../query/bug-query.ts';
import { BUG_FILTER_NAMES, ME, SEVERITIES } from '../../query/bug-query.ts';
import type { Facets } from '../../gate/facet-cache.ts';
import type { Html } from '../page.ts';
import { CRASH_FILTER_LABELS, FURTHER, firstFields, furtherFields, offered } from './crash-filters.ts';
import { field, select } from './form-controls.ts';
import { count } from './value-table.ts';

const LABELS: Readonly<Record<BugFilterName, string>> = {
  state: 'State',
  account: 'Account',
  product: 'Product',
  ...CRASH_FILTER_LABELS,
  kind: 'Kind',
  severity: 'Severity',
  assignee: 'Assignee',
  seen_from: 'Seen since',
  new_since: 'New since',
  text: 'Text',
  order: 'Order',
};

const KINDS = ['native', 'go', 'java', 'javascript', 'python', 'php', 'ruby', 'dotnet', 'other'];
const any = { value: '', label: 'any' };
const choices = (values: readonly string[]) => [
  any,
  ...offered(values).map((value) => ({ value, label: value })),
];
const MORE: readonly BugFilterName[] = [...FURTHER, 'kind', 'severity', 'seen_from', 'new_since'];
/** A link to the list that keeps how it looks. */
export type BugsLink = (filters: Parameters<typeof bugsLink>[0]) => string;

export interface ListLook {
  readonly link: BugsLink;
  /** The columns as the address says them; null: the usual ones. */
  readonly columns: string | null;
}

/** Open, closed, ignored, mine: each with how many there are under the other filters. */
export function bugTabs(
  query: BugQuery,
  counts: Readonly<Record<BugState, number>> & { readonly mine: number | null },
  link: BugsLink,
): Html {
  const { state = 'open', assignee } = query.given;
  const mine = assignee === ME && state === 'open';
  const tab = (label: string, total: number, href: string, lit: boolean): Html =>
    html`<li>
      <a href="${href}" ${lit ? html` aria-current="page"` : null}
        >${label} <span class="quiet">${count(total)}</span></a
      >
    </li>`;
  const others = { ...query.given, ...(assignee === ME && { assignee: null }) };
  return html`<nav class="tabs" aria-label="States">
    <ul>
      ${BUG_STATES.map((one) =>
        tab(
          `${one[0]?.toUpperCase() ?? ''}${one.slice(1)}`,
          counts[one],
          link({ ...others, state: one === 'open' ? null : one }),
          !mine && state === one,
        ),
      )}
      ${counts.mine === null ? null : tab('Mine', counts.mine, link({ ...query.given, state: null, assignee: ME }), mine)}
    </ul>
  </nav>`;
}

/** The form, and below it one line per filter that is set, each with a link that takes it away. */
export function bugFilters(query: BugQuery, facets: Facets, { link, columns }: ListLook): Html {
  const { given } = query;
  const products = [...new Set(facets.products.map(({ product }) => product))];
  const hidden = (name: BugFilterName) =>
    given[name] === undefined ? null : html`<input type="hidden" name="${name}" value="${given[name]}" />`;
  return html`<form method="get" action="/bugs" class="filters" role="search" aria-label="Filter bugs">
      ${field({ name: 'text', label: 'Search titles and messages', type: 'search', value: given.text ?? '', search: true, maxLength: 500 })}
      ${select({ name: 'product', label: 'Product', value: given.product ?? '', choices: choices(products) })}
      ${firstFields(given, facets, 'all time')}
      ${hidden('state')}${hidden('account')}${hidden('assignee')}${hidden('order')}${columns === null ? null : html`<input type="hidden" name="columns" value="${columns}" />`}
      <button>Filter</button>
      <details class="more" ${MORE.some((name) => given[name] !== undefined) ? html` open` : null}>
        <summary>More filters</summary>
        <div class="filters">
          ${furtherFields(given)}
          ${select({ name: 'kind', label: 'Kind', value: given.kind ?? '', choices: choices(KINDS) })}
          ${select({ name: 'severity', label: 'Severity', value: given.severity ?? '', choices: choices(SEVERITIES) })}
          ${field({ name: 'seen_from', label: 'Seen since (UTC)', value: given.seen_from ?? '', placeholder: '2026-11-20' })}
          ${field({ name: 'new_since', label: 'New since (UTC)', value: given.new_since ?? '', placeholder: '2026-11-20' })}
        </div>
      </details>
    </form>
    ${setFilters(query, link)}`;
}

/** Filters in words, without the state, which its tab names, and the order, which its heading names. */
export function filterWords({ given }: BugQuery): readonly (readonly [label: string, value: string])[] {
  return setNames(given).map((name) => [LABELS[name], given[name] ?? '']);
}

function setNames(given: BugQuery['given']): readonly BugFilterName[] {
  return BUG_FILTER_NAMES.filter((name) => given[name] !== undefined && name !== 'state' && name !== 'order');
}

function setFilters({ given, problems }: BugQuery, link: BugsLink): Html {
  const set = setNames(given);
  return html`${problems.map((problem) => html`<p class="fault" role="alert">Left out: ${problem}</p>`)}
  ${
    set.length === 0
      ? null
      : html`<ul class="chips" aria-label="Filters that are set">
          ${set.map(
            (name) =>
              html`<li>
                ${LABELS[name]}: <strong>${given[name]}</strong>
                <a href="${link({ ...given, [name]: null })}" aria-label="Remove the filter ${LABELS[name]}"
                  >×</a
                >
              </li> `,
          )}
          <li><a href="${link({ state: given.state ?? null, order: given.order ?? null })}">Clear all</a></li>
        </ul>`
  }`;
}
