// API: searches over filed crashes, and the keys that they know.
import { CLAUSE_NAMES, CRASH_FILTER_NAMES, PERIODS, faultSentence } from '../query/crash-filter.ts';
import type { CrashFilterName } from '../query/crash-filter.ts';
import { streamAnswer } from '../http/attachment-answer.ts';
import { EXPORT_FORMATS, openSearchExport } from '../http/search-export.ts';
import { readExportQuery, readSearchQuery } from '../query/search-query.ts';
import { ROW_COLUMNS, searchJson } from '../view/search-json.ts';
import type { Operation, Parameter } from '../operations/operation.ts';
import { ApiError } from '../operations/operation.ts';
import { schemaRef } from '../operations/schemas.ts';
import { CURSOR_PARAMETERS, readPage } from './paging.ts';

const parameter = (name: string, description: string): Parameter => ({ name, in: 'query', description });

/** What the parameters of the filter of crashes mean. */
export const CRASH_FILTER_TEXTS: Readonly<Record<CrashFilterName, string>> = {
  ...(Object.fromEntries(
    CLAUSE_NAMES.map((name) => [name, `The same as "${name}:" in the search.`]),
  ) as Record<(typeof CLAUSE_NAMES)[number], string>),
  period: `Only reports that arrived in the last ${PERIODS.join(', ')}.`,
  happened_from: 'Only crashes of this day (2026-11-20, UTC) or later ones.',
  happened_to: 'Only crashes of this day or earlier ones.',
  q: 'The search: see docs/searching.md. Empty: every filed crash.',
};

const PRODUCTS: readonly Parameter[] = [
  parameter('account', 'Only this account.'),
  parameter('product', 'Only this product.'),
];

const PARAMETERS: readonly Parameter[] = [
  ...PRODUCTS,
  ...CRASH_FILTER_NAMES.map((name) => parameter(name, CRASH_FILTER_TEXTS[name])),
  parameter(
    'facets',
    'Keys, joined by commas: how often each of their values, and on how many installations.',
  ),
  parameter('top', 'Values of each facet; default 10, at most 1000.'),
  parameter(
    'group',
    'Two keys, joined by a comma: how often each value of the one, and within it of the other.',
  ),
  parameter(
    'whole',
    '`1`: counts everything, however long it takes (up to ten seconds); else it stops after two.',
  ),
  parameter('histogram', '`day` of the crash or `hour` of arrival.'),
  parameter('distinct', 'Keys, joined by commas: how many different values.'),
  parameter('numbers', 'Keys, joined by commas: least, greatest, mean and percentiles of numbers.'),
  parameter('columns', 'Keys, joined by commas: what each row of the list says beside crash id and bug.'),
  parameter('sort', 'The key that the list is sorted by; with `-` greatest first. Default -received.'),
  ...CURSOR_PARAMETERS,
];

export const searchOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/search',
    id: 'search',
    summary: 'Search filed crashes: list, facets, histogram, numbers; every number answers the filter',
    access: 'read',
    parameters: PARAMETERS,
    answer: {
      status: 200,
      description: 'The answer.',
      contentType: 'application/json',
      schema: schemaRef('Search'),
    },
    failures: [400],
    async run({ c, context, seen, query }) {
      const { asked, problem, at } = readSearchQuery(query, readPage(query).limit);
      if (asked === null) throw badQuery(problem ?? '', at);
      const list =
        asked.list === null ? null : { ...asked.list, columns: [...ROW_COLUMNS, ...asked.list.columns] };
      const whole = { ...asked, list };
      const found = await seen.search(whole);
      if ('fault' in found) throw badQuery(found.fault.problem, found.fault.at);
      return c.json(searchJson(found.answer, whole, context.now()));
    },
  },
  {
    method: 'get',
    path: '/api/search/export',
    id: 'exportSearch',
    summary: 'All crashes that a search selects, as CSV or as a JSON object in each line',
    description:
      'Streamed; crash id and bug come first. Headers say what it holds: `Mayday-Crashes` and `Mayday-Rows` (lines, but for the head of a CSV), counted in `Mayday-Counted` of `Mayday-Existing` filed crashes; `Mayday-Waiting` reports are not processed yet. What cannot be counted whole in time is answered with 503, and a stream that breaks off was not read in time: narrow the search.',
    access: 'read',
    parameters: [
      ...PRODUCTS,
      ...CRASH_FILTER_NAMES.map((name) => parameter(name, CRASH_FILTER_TEXTS[name])),
      parameter('columns', 'Keys, joined by commas: what each row says.'),
      parameter('sort', 'The key that rows are sorted by; with `-` greatest first. Default -received.'),
      parameter('format', `One of ${EXPORT_FORMATS.join(', ')}; default csv.`),
    ],
    answer: { status: 200, description: 'The rows.', contentType: 'text/csv', schema: { type: 'string' } },
    failures: [400],
    async run({ c, seen, query }) {
      const { asked, problem, at } = readExportQuery(query);
      if (asked === null) throw badQuery(problem ?? '', at);
      const format = EXPORT_FORMATS.find((one) => one === (query.get('format') ?? 'csv'));
      if (format === undefined)
        throw new ApiError(400, 'bad_query', `"format" is none of ${EXPORT_FORMATS.join(', ')}.`);
      const opened = await openSearchExport(seen, asked, format);
      if ('fault' in opened) throw badQuery(opened.fault.problem, opened.fault.at);
      const { stream, ...about } = opened;
      return streamAnswer(c, stream, { ...about, size: null });
    },
  },
  {
    method: 'get',
    path: '/api/search/fields',
    id: 'searchFields',
    summary: 'The keys that a search knows',
    access: 'read',
    parameters: PRODUCTS,
    answer: {
      status: 200,
      description: 'Fields first, then what reports brought.',
      contentType: 'application/json',
      schema: schemaRef('SearchFields'),
    },
    failures: [],
    async run({ c, seen, query }) {
      const fields = await seen.searchKeys({ account: query.get('account'), product: query.get('product') });
      return c.json({ fields });
    },
  },
];

/** The 400 of a query; where the fault is in its text, the sentence says where. */
export function badQuery(problem: string, at: number | null): ApiError {
  return new ApiError(400, 'bad_query', faultSentence(problem, at));
}
