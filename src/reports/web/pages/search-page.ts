// /search: any question about filed crashes. One filter in the address; every number on the page answers it.
import { html } from 'hono/html';
import type { SavedSearch, SearchAnswer } from '../../../store/crash-search.ts';
import { parseQuery } from '../../../search/query/parse-query.ts';
import { printQuery } from '../../../search/query/print-query.ts';
import { EVERYTHING } from '../../../search/query/query-tree.ts';
import type { Query } from '../../../search/query/query-tree.ts';
import type { SearchAsked } from '../../gate/seen-search.ts';
import { equals, faultSentence, filteredLink, readCrashFilter } from '../../query/crash-filter.ts';
import { checkSavedSearch, savedSearchLink } from '../../query/saved-search.ts';
import { DEFAULT_COLUMNS, readSearchQuery } from '../../query/search-query.ts';
import { ROW_COLUMNS, searchValue } from '../../view/search-json.ts';
import { excerpt } from '../../view/excerpt.ts';
import { dayChart, barTable } from '../components/chart.ts';
import { clauseFields, firstFields } from '../components/crash-filters.ts';
import { checkbox, faultBox, field, form, select } from '../components/form-controls.ts';
import { pager } from '../components/pager.ts';
import { count, nothing } from '../components/value-table.ts';
import type { Html, MemberPage, MemberRequest, PageAnswer } from '../page.ts';

const ROWS = 50;
const TOP = 8;
const DEFAULT_FACETS = ['signature', 'version', 'platform', 'reason', 'process_type'];
/** Days of a histogram that is drawn; the newest. */
const MAX_DAYS = 90;
const DAY_MS = 86_400_000;
const CELL_BUDGET = 120;
const HOUR_MS = 3_600_000;
/** Bars of a histogram by hour; the newest: two weeks. */
const MAX_HOURS = 336;
export const searchPage: MemberPage = {
  path: '/search',
  access: 'read',
  nav: 'search',
  view: (request) => view(request, null),
  actions: {
    save: {
      access: 'read',
      async run(request, form) {
        const { user } = request.person;
        if (user === null) return view(request, 'The administrator by token keeps no searches.');
        const checked = checkSavedSearch({
          name: form.text('name'),
          page: 'search',
          query: request.url.search,
          shared: form.checked('shared'),
        });
        if (!checked.ok) return view(request, checked.fault);
        const { search } = request.context.store;
        const id = await search.saveSearch({ ...checked.value, owner: user.email, changedAt: request.now });
        if (id === null) return view(request, 'You keep as many searches as one can: take one away first.');
        return { kind: 'redirect', to: savedSearchLink(checked.value), done: 'saved' };
      },
    },
    forget: {
      access: 'read',
      async run(request, form) {
        const id = form.text('search');
        const { user } = request.person;
        if (user !== null && /^\d{1,15}$/.test(id))
          await request.context.store.search.deleteSearch(user.email, Number(id));
        const here = request.url.search;
        return { kind: 'redirect', to: `/search${here}`, done: 'saved' };
      },
    },
  },
};

async function view(request: MemberRequest, wrong: string | null): Promise<PageAnswer> {
  const { seen, url, context, now } = request;
  const params = url.searchParams;
  const read = readSearchQuery(params, ROWS);
  const { given } = readCrashFilter(params);
  const owner = request.person.user?.email ?? '';
  const [offers, saved, keys] = await Promise.all([
    context.facets.get(),
    seen.savedSearches(owner),
    seen.searchKeys({ account: params.get('account'), product: params.get('product') }),
  ]);
  const names = [...new Set(offers.products.map(({ product }) => product))];
  const facets =
    (params.get('facets') ?? '') === ''
      ? DEFAULT_FACETS
      : (read.asked?.facets.filter(({ within }) => within === undefined).map(({ key }) => key) ?? []);
  const asked = read.asked === null ? null : wholeQuestion(read.asked, facets);
  const found = asked === null ? null : await seen.search(asked);
  const fault = read.problem ?? (found !== null && 'fault' in found ? found.fault.problem : null);
  const at = read.at ?? (found !== null && 'fault' in found ? found.fault.at : null);
  return {
    kind: 'html',
    title: 'Search',
    status: fault === null && wrong === null ? 200 : 400,
    body: html`<h1>Search</h1>
      ${faultBox(wrong)} ${savedLinks(saved, owner, request)}
      <form method="get" action="/search" class="filters" role="search" aria-label="Search crashes">
        ${field({ name: 'q', label: 'Search', type: 'search', value: params.get('q') ?? '', search: true, maxLength: 4000, placeholder: 'version:>=2.1 -platform:linux uptime:<60 frame:~alloc' })}
        ${select({ name: 'product', label: 'Product', value: params.get('product') ?? '', choices: [{ value: '', label: 'all' }, ...names.map((name) => ({ value: name, label: name }))] })}
        ${firstFields(given, offers)} ${hidden(params, 'account')}
        <button>Search</button>
        <details class="more" ${params.has('facets') || params.has('columns') ? html` open` : null}>
          <summary>Facets, columns, keys</summary>
          <div class="filters">
            ${clauseFields(given)}
            ${field({ name: 'facets', label: 'Facets', value: facets.join(','), maxLength: 500 })}
            ${field({ name: 'columns', label: 'Columns', value: params.get('columns') ?? DEFAULT_COLUMNS.join(','), maxLength: 500 })}
            ${field({ name: 'group', label: 'Two levels', value: params.get('group') ?? '', maxLength: 200, placeholder: 'version,platform' })}
            ${field({ name: 'numbers', label: 'Numbers', value: params.get('numbers') ?? '', maxLength: 200, placeholder: 'uptime' })}
            ${select({
              name: 'histogram',
              label: 'Bars by',
              value: params.get('histogram') ?? 'day',
              choices: [
                { value: 'day', label: 'day' },
                { value: 'hour', label: 'hour' },
              ],
            })}
            ${field({ name: 'sort', label: 'Sort by', value: params.get('sort') ?? '-received', maxLength: 100 })}
          </div>
          <p class="quiet">
            ${keys.map(({ name, about }, index) => html`${index === 0 ? null : ', '}<code title="${about}">${excerpt(name, 80).text}</code>`)}
          </p>
        </details>
      </form>
      ${fault === null ? null : faultBox(faultSentence(fault, at))}
      ${found !== null && 'answer' in found && asked !== null ? answerOf(found.answer, asked, { params, now }) : null}
      ${asked === null || owner === '' ? null : saveForm(request)}`,
  };
}

function hidden(params: URLSearchParams, name: string): Html | null {
  const value = params.get(name);
  return value === null || value === ''
    ? null
    : html`<input type="hidden" name="${name}" value="${value}" />`;
}

function wholeQuestion(asked: SearchAsked, facets: readonly string[]): SearchAsked {
  return {
    ...asked,
    facets: [
      ...facets.map((key) => ({ key, top: TOP, distinct: null, days: false })),
      ...asked.facets.filter(({ within }) => within !== undefined),
    ],
    histogram: asked.histogram ?? 'day',
    distinct: ['installation'],
    list: asked.list === null ? null : { ...asked.list, columns: [...ROW_COLUMNS, ...asked.list.columns] },
  };
}

function answerOf(
  answer: SearchAnswer,
  asked: SearchAsked,
  { params, now }: { readonly params: URLSearchParams; readonly now: number },
): Html {
  const [installations = 0] = answer.distinct;
  const bugs = filteredLink('/bugs', readCrashFilter(params).given, {
    account: params.get('account'),
    product: params.get('product'),
    state: 'all',
  });
  return html`<p role="status">
      <strong>${count(answer.crashes)}</strong> ${answer.crashes === 1 ? 'crash' : 'crashes'}${
        installations === 0
          ? null
          : html` on <strong>${count(installations)}</strong> ${installations === 1 ? 'installation' : 'installations'}`
      }${
        answer.complete
          ? null
          : html`, counted in the newest ${count(answer.counted)} of ${count(answer.existing)}${asked.whole === true ? ': the time was up' : html`: <a href="${linkWith(params, { whole: '1' })}">count all</a>`}`
      }${
        answer.waiting === 0 ? null : html` <span class="quiet">and ${count(answer.waiting)} waiting</span>`
      } · <a href="${bugs}">their bugs</a> · as
      <a href="${exportLink(params, 'csv')}">CSV</a>, <a href="${exportLink(params, 'ndjson')}">JSON lines</a>
    </p>
    ${answer.rows === 0 ? html`<p class="quiet">Nothing matches. Take a condition away, or widen the time.</p>` : results(answer, asked, { params, now })}`;
}

function results(
  answer: SearchAnswer,
  asked: SearchAsked,
  { params, now }: { readonly params: URLSearchParams; readonly now: number },
): Html {
  return html`${asked.histogram === 'hour' ? byHour(answer) : byDay(answer, now)} ${numbersOf(answer, asked)}
    <div class="pair">
      ${asked.facets.map(({ key }, at) => {
        const facet = answer.facets[at];
        if (facet === undefined || facet.values.length === 0) return null;
        const { within } = asked.facets[at] ?? {};
        if (within !== undefined) return groups(key, within.key, facet, params);
        return html`<figure class="chart">
          <figcaption>
            ${key} <span class="quiet">${count(facet.different)} ${facet.different === 1 ? 'value' : 'values'}${facet.absent === 0 ? '' : `, ${facet.absent} without`}</span>
          </figcaption>
          ${barTable({
            caption: `Crashes by ${key}`,
            nameLabel: key,
            rows: facet.values.map(({ value, crashes }) => {
              const shown = String(searchValue(key, value));
              return {
                name: html`<a href="${refined(params, key, shown)}">${excerpt(shown, CELL_BUDGET).text}</a>`,
                value: crashes,
              };
            }),
          })}
        </figure>`;
      })}
    </div>
    ${list(answer, asked, params)}`;
}

function byDay({ histogram }: SearchAnswer, now: number): Html | null {
  const today = Math.floor(now / DAY_MS);
  const counts = new Map(histogram);
  const first = histogram[0]?.[0] ?? today;
  const days = Math.min(Math.max(today - first + 1, 7), MAX_DAYS);
  const shown = Array.from({ length: days }, (_, at) => today - days + 1 + at);
  return dayChart({
    title: 'Crashes by day',
    days: shown.map((day) => new Date(day * DAY_MS).toISOString().slice(0, 10)),
    series: [{ name: 'Crashes', values: shown.map((day) => counts.get(day) ?? 0) }],
  });
}

/** The newest hours; whole ones, with those between that had no crash. */
function byHour({ histogram }: SearchAnswer): Html {
  const counts = new Map(histogram);
  const last = histogram.at(-1)?.[0] ?? 0;
  const first = Math.max(histogram[0]?.[0] ?? last, last - MAX_HOURS + 1);
  const hours = Array.from({ length: last - first + 1 }, (_, at) => first + at);
  return dayChart({
    title: 'Crashes by hour of arrival',
    days: hours.map((hour) => new Date(hour * HOUR_MS).toISOString().slice(0, 16).replace('T', ' ')),
    series: [{ name: 'Crashes', values: hours.map((hour) => counts.get(hour) ?? 0) }],
    unit: 'hour',
  });
}

function numbersOf({ numbers }: SearchAnswer, asked: SearchAsked): Html | null {
  if (asked.numbers.length === 0) return null;
  const shares = ['p5', 'p25', 'p50', 'p75', 'p95'] as const;
  type Found = NonNullable<(typeof numbers)[number]>;
  const rows: readonly (readonly [label: string, of: (found: Found) => number])[] = [
    ['Crashes with it', ({ count: having }) => having],
    ['Least', ({ least }) => least],
    ...shares.map((share) => [share, ({ percentiles }: Found) => percentiles[share]] as const),
    ['Greatest', ({ greatest }) => greatest],
    ['Mean', ({ mean }) => Math.round(mean * 100) / 100],
  ];
  return html`<div class="table">
    <table class="numbers">
      <caption class="unseen">
        Numbers
      </caption>
      <thead>
        <tr>
          <th scope="col">Numbers</th>
          ${asked.numbers.map((key) => html`<th scope="col" class="number">${key}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([label, of]) => html`<tr>
            <th scope="row">${label}</th>
            ${asked.numbers.map((_, at) => {
              const found = numbers[at] ?? null;
              return html`<td class="number">${found === null ? nothing : of(found)}</td>`;
            })}
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Values of one key, and within each of them those of another. */
function groups(
  outer: string,
  inner: string,
  facet: SearchAnswer['facets'][number],
  params: URLSearchParams,
): Html {
  const link = (key: string, value: string | number, from = params): Html => {
    const shown = String(searchValue(key, value));
    return html`<a href="${refined(from, key, shown)}">${excerpt(shown, CELL_BUDGET).text}</a>`;
  };
  return html`<figure class="chart">
    <figcaption>${outer} <span class="quiet">and within it ${inner}</span></figcaption>
    <table class="numbers">
      <caption class="unseen">
        Crashes by ${outer} and ${inner}
      </caption>
      <thead>
        <tr>
          <th scope="col">${outer}</th>
          <th scope="col">${inner}</th>
          <th scope="col" class="number">Crashes</th>
        </tr>
      </thead>
      <tbody>
        ${facet.values.map(
          ({ value, crashes, within }) =>
            html`<tr><th scope="row">${link(outer, value)}</th><td></td><td class="number">${count(crashes)}</td></tr>
              ${within.map((one) => html`<tr><td></td><td>${link(inner, one.value)}</td><td class="number">${count(one.crashes)}</td></tr>`)}`,
        )}
      </tbody>
    </table>
  </figure>`;
}

function savedLinks(saved: readonly SavedSearch[], owner: string, request: MemberRequest): Html | null {
  const here = `/search${request.url.search}`;
  if (saved.length === 0) return null;
  return html`<ul class="chips" aria-label="Saved searches">
    ${saved.map(
      (one) => html`<li>
        <a href="${savedSearchLink(one)}">${one.name}</a>${one.shared ? html` <span class="quiet">${one.owner === owner ? 'shared' : one.owner}</span>` : null}
        ${one.owner === owner ? form({ to: here, action: 'forget', csrf: request.csrf, className: 'inline' }, html`<input type="hidden" name="search" value="${one.id}" /><button class="plain" aria-label="Take away the saved search ${one.name}">×</button>`) : null}
      </li> `,
    )}
  </ul>`;
}

function saveForm({ url, csrf }: MemberRequest): Html {
  return html`<details>
    <summary>Save this search</summary>
    ${form(
      { to: `/search${url.search}`, action: 'save', csrf },
      html`${field({ name: 'name', label: 'Name', maxLength: 100, required: true })}
      ${checkbox({ name: 'shared', label: 'Others see it, too; what it finds depends on who asks' })}
      <button>Save</button>`,
    )}
  </details>`;
}

function exportLink(params: URLSearchParams, format: string): string {
  const changed = new URLSearchParams(params);
  for (const name of ['cursor', 'facets', 'group', 'numbers', 'histogram', 'done']) changed.delete(name);
  changed.set('format', format);
  return `/search/export?${changed.toString()}`;
}

function ariaSort(params: URLSearchParams, key: string): Html | null {
  const sort = params.get('sort') ?? '-received';
  if (sort.replace(/^-/, '') !== key) return null;
  return sort.startsWith('-') ? html`aria-sort="descending"` : html`aria-sort="ascending"`;
}

function list(answer: SearchAnswer, asked: SearchAsked, params: URLSearchParams): Html {
  const columns = (asked.list?.columns ?? []).slice(ROW_COLUMNS.length);
  return html`<div class="table">
      <table class="list">
        <caption class="unseen">Crashes that match</caption>
        <thead>
          <tr>
            <th scope="col">Report</th>
            <th scope="col">Bug</th>
            ${columns.map((key) => html`<th scope="col" ${ariaSort(params, key)}><a href="${sorted(params, key)}">${key}</a></th>`)}
          </tr>
        </thead>
        <tbody>
          ${answer.list.map(({ values }) => {
            const [crashId, bug, ...rest] = values;
            return html`<tr data-row>
              <td><a class="row" href="/reports/${crashId}"><code>${String(crashId).slice(0, 8)}</code></a></td>
              <td>${bug === null || bug === undefined ? nothing : html`<a href="/bugs/${bug}">#${bug}</a>`}</td>
              ${columns.map((key, index) => cell(key, rest[index] ?? null))}
            </tr>`;
          })}
        </tbody>
      </table>
    </div>
    ${pager({
      newest: params.has('cursor') ? linkWith(params, { cursor: null }) : null,
      older: answer.next === null ? null : linkWith(params, { cursor: answer.next }),
    })}`;
}

function cell(key: string, value: Parameters<typeof searchValue>[1]): Html {
  if (value === null) return html`<td>${nothing}</td>`;
  const shown = searchValue(key, value);
  const text = typeof shown === 'object' && shown !== null ? shown.join(', ') : String(shown);
  return html`<td>${excerpt(text, CELL_BUDGET).text}</td>`;
}

/** The same search where a key is a value, too. */
function refined(params: URLSearchParams, key: string, value: string): string {
  const parsed = parseQuery(params.get('q') ?? '');
  const clause = equals(key, value);
  const isFirst = 'fault' in parsed || parsed.query === EVERYTHING;
  const narrower: Query = isFirst ? clause : { is: 'and', of: [parsed.query, clause] };
  return linkWith(params, { q: printQuery(narrower), cursor: null });
}

function sorted(params: URLSearchParams, key: string): string {
  return linkWith(params, { sort: params.get('sort') === `-${key}` ? key : `-${key}`, cursor: null });
}

function linkWith(params: URLSearchParams, change: Readonly<Record<string, string | null>>): string {
  const changed = new URLSearchParams(params);
  for (const [name, value] of Object.entries(change)) {
    if (value === null) changed.delete(name);
    else changed.set(name, value);
  }
  return `/search?${changed.toString()}`;
}
