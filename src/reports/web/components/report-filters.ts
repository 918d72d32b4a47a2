// The filters above the report list: one GET form, so that the address holds them and works without scripts.
import { html } from 'hono/html';
import { PROTOCOLS, REPORT_STATES } from '../../../report/report.ts';
import type { Facets } from '../../gate/facet-cache.ts';
import type { FilterName, ReportQuery } from '../../query/report-query.ts';
import { FILTER_NAMES, reportsLink } from '../../query/report-query.ts';
import type { Html } from '../page.ts';
import { CRASH_FILTER_LABELS, FURTHER, firstFields, furtherFields, offered } from './crash-filters.ts';
import { field, select } from './form-controls.ts';
import { PROTOCOL_NAMES } from './report-links.ts';

const LABELS: Readonly<Record<FilterName, string>> = {
  account: 'Account',
  product: 'Product',
  protocol: 'Protocol',
  ...CRASH_FILTER_LABELS,
  state: 'State',
  installation: 'Installation',
  from: 'From',
  to: 'To',
  text: 'Text',
};

const any = { value: '', label: 'any' };
const choices = (values: readonly string[]) => [
  any,
  ...offered(values).map((value) => ({ value, label: value })),
];

/** Filters that are folded away until one of them is set. */
const MORE: readonly FilterName[] = [...FURTHER, 'protocol', 'state', 'from', 'to'];

/** The form, and below it one line per filter that is set, each with a link that takes it away. */
export function reportFilters(query: ReportQuery, facets: Facets): Html {
  const { given } = query;
  const products = [...new Set(facets.products.map(({ product }) => product))];
  return html`<form method="get" action="/reports" class="filters" role="search" aria-label="Filter reports">
      ${field({
        name: 'text',
        label: 'Search annotations, or a crash id',
        type: 'search',
        value: given.text ?? '',
        search: true,
        maxLength: 500,
      })}
      ${select({ name: 'product', label: 'Product', value: given.product ?? '', choices: choices(products) })}
      ${firstFields(given, facets)}
      ${hidden('account', given.account)}${hidden('installation', given.installation)}
      <button>Filter</button>
      <details class="more" ${MORE.some((name) => given[name] !== undefined) ? html` open` : null}>
        <summary>More filters</summary>
        <div class="filters">
          ${furtherFields(given)}
          ${select({
            name: 'protocol',
            label: 'Protocol',
            value: given.protocol ?? '',
            choices: [any, ...PROTOCOLS.map((value) => ({ value, label: PROTOCOL_NAMES[value] }))],
          })}
          ${select({ name: 'state', label: 'State', value: given.state ?? '', choices: choices(REPORT_STATES) })}
          ${dateField('from', 'From (UTC)', given.from)} ${dateField('to', 'To (UTC)', given.to)}
        </div>
      </details>
    </form>
    ${setFilters(query)}`;
}

function hidden(name: FilterName, value: string | undefined): Html | null {
  return value === undefined ? null : html`<input type="hidden" name="${name}" value="${value}" />`;
}

/** A moment from a link does not fit a date input; the form then keeps it as text. */
function dateField(name: 'from' | 'to', label: string, value = ''): Html {
  const isDay = value === '' || /^\d{4}-\d{2}-\d{2}$/.test(value);
  return field({ name, label, value, type: isDay ? 'date' : 'text' });
}

function setFilters({ given, problems }: ReportQuery): Html {
  const set = FILTER_NAMES.filter((name) => given[name] !== undefined);
  return html`${problems.map((problem) => html`<p class="fault" role="alert">Left out: ${problem}</p>`)}
  ${
    set.length === 0
      ? null
      : html`<ul class="chips" aria-label="Filters that are set">
          ${set.map(
            (name) =>
              html`<li>
                ${LABELS[name]}: <strong>${given[name]}</strong>
                <a
                  href="${reportsLink({ ...given, [name]: null })}"
                  aria-label="Remove the filter ${LABELS[name]}"
                  >×</a
                >
              </li> `,
          )}
          <li><a href="/reports">Clear all</a></li>
        </ul>`
  }`;
}
