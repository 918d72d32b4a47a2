// What a search found: how many crashes, when, by which values, and the crashes themselves; every value refines the search.
import { countedWords } from '../../view/counted-words.ts';
import { html } from 'hono/html';
import { parseQuery } from '../../../search/query/parse-query.ts';
import { printQuery } from '../../../search/query/print-query.ts';
import { EVERYTHING } from '../../../search/query/query-tree.ts';
import type { Query } from '../../../search/query/query-tree.ts';
import type { SearchAnswer } from '../../../store/crash-search.ts';
import type { SearchAsked } from '../../gate/seen-search.ts';
import { equals, filteredLink, readCrashFilter } from '../../query/crash-filter.ts';
import { excerpt } from '../../view/excerpt.ts';
import { ROW_COLUMNS, searchValue } from '../../view/search-json.ts';
import type { Html } from '../page.ts';
import { barTable, dayChart } from './chart.ts';
import { pager } from './pager.ts';
import { count, nothing } from './value-table.ts';

/** Days of a histogram that is drawn; the newest. */
const MAX_DAYS = 90;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Bars of a histogram by hour; the newest: two weeks. */
const MAX_HOURS = 336;
const CELL_BUDGET = 120;

/** `params`: the search as the address has it. The columns of the list begin with `ROW_COLUMNS`. */
export function searchAnswer(
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
          : html`${countedWords(answer)}${asked.whole === true ? ': the time was up' : html`: <a href="${linkWith(params, { whole: '1' })}">count all</a>`}`
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
  return html`${asked.histogram === 'hour' ? byHour(answer, params) : byDay(answer, now, params)} ${numbersOf(answer, asked)}
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

function byDay({ histogram }: SearchAnswer, now: number, params: URLSearchParams): Html | null {
  const today = Math.floor(now / DAY_MS);
  const counts = new Map(histogram);
  const first = histogram[0]?.[0] ?? today;
  const days = Math.min(Math.max(today - first + 1, 7), MAX_DAYS);
  const shown = Array.from({ length: days }, (_, at) => today - days + 1 + at);
  return dayChart({
    title: 'Crashes by day',
    days: shown.map((day) => new Date(day * DAY_MS).toISOString().slice(0, 10)),
    series: [{ name: 'Crashes', values: shown.map((day) => counts.get(day) ?? 0) }],
    range: (from, to) => linkWith(params, { happened_from: from, happened_to: to, cursor: null }),
  });
}

/** The newest hours; whole ones, with those between that had no crash. */
function byHour({ histogram }: SearchAnswer, params: URLSearchParams): Html {
  const counts = new Map(histogram);
  const last = histogram.at(-1)?.[0] ?? 0;
  const first = Math.max(histogram[0]?.[0] ?? last, last - MAX_HOURS + 1);
  const hours = Array.from({ length: last - first + 1 }, (_, at) => first + at);
  return dayChart({
    title: 'Crashes by hour of arrival',
    days: hours.map((hour) => new Date(hour * HOUR_MS).toISOString().slice(0, 16).replace('T', ' ')),
    series: [{ name: 'Crashes', values: hours.map((hour) => counts.get(hour) ?? 0) }],
    unit: 'hour',
    range: (from, to) => {
      const q = params.get('q') ?? '';
      const hours = `received:${from}..${to}`;
      return linkWith(params, { q: q.trim() === '' ? hours : `(${q}) ${hours}`, cursor: null });
    },
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
