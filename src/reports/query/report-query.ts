// The query string of a report list, the same for the page and the API: text → filter, and back to links.
import type { ReportFilter } from '../../store/reports.ts';
import { PROTOCOLS, REPORT_STATES } from '../../report/report.ts';
import type { Query } from '../../search/query/query-tree.ts';
import { dateFilter } from '../view/date-filter.ts';
import {
  CRASH_FILTER_NAMES,
  allOf,
  equals,
  filterFault,
  isCrashFilterName,
  readCrashFilter,
} from './crash-filter.ts';

/** The parameters that narrow a list, in the order of the form. */
export const FILTER_NAMES = [
  'account',
  'product',
  'protocol',
  ...CRASH_FILTER_NAMES,
  'state',
  'installation',
  'from',
  'to',
  'text',
] as const;
export type FilterName = (typeof FILTER_NAMES)[number];

/** Longest value of a filter that is looked at. */
const MAX_VALUE = 500;

export interface ReportQuery {
  readonly filter: ReportFilter;
  /** What a crash of the report must be; null: nothing is asked that only searches know, and `filter` says all. */
  readonly crashes: Query | null;
  /** The values as given, for the form and for links. */
  readonly given: Readonly<Partial<Record<FilterName, string>>>;
  readonly cursor: string | null;
  /** Why the filter of crashes was not understood: nothing is listed then, since all would look like its answer. */
  readonly fault: string | null;
  /** What else was not understood and therefore left out, one sentence each. */
  readonly problems: readonly string[];
}

function oneOf<T extends string>(words: readonly T[], value: string | undefined): T | undefined {
  return words.find((word) => word === value);
}

/** Reads a query string. What it does not understand is named in `fault` and `problems`. */
export function readReportQuery(
  params: URLSearchParams,
  { seesProtected }: { readonly seesProtected: boolean },
): ReportQuery {
  const problems: string[] = [];
  const crashFilter = readCrashFilter(params);
  const given: Partial<Record<FilterName, string>> = {};
  for (const name of FILTER_NAMES) {
    const value = params.get(name)?.trim() ?? '';
    if (value.length > MAX_VALUE && name !== 'q') {
      if (!isCrashFilterName(name)) problems.push(`"${name}" is longer than ${MAX_VALUE} characters.`);
    } else if (value !== '') given[name] = value;
  }
  const protocol = oneOf(PROTOCOLS, given.protocol);
  if (given.protocol !== undefined && protocol === undefined) {
    problems.push(`"protocol" is none of ${PROTOCOLS.join(', ')}.`);
  }
  const state = oneOf(REPORT_STATES, given.state);
  if (given.state !== undefined && state === undefined) {
    problems.push(`"state" is none of ${REPORT_STATES.join(', ')}.`);
  }
  const receivedFrom = dateFilter(given.from, 'start');
  const receivedTo = dateFilter(given.to, 'end');
  for (const [name, value] of [['from', receivedFrom] as const, ['to', receivedTo] as const]) {
    if (value === null) {
      problems.push(`"${name}" is neither a date (2026-11-20) nor a time (2026-11-20T14:00Z).`);
    }
  }
  const number = /^#?(\d{1,13})$/.exec(given.installation ?? '')?.[1];
  const isNumber = number !== undefined && (!seesProtected || given.installation?.startsWith('#') === true);
  if (given.installation !== undefined && !isNumber && !seesProtected) {
    // What clients call an installation is protected: whoever may not see it may not try names either.
    problems.push('"installation" must be the number of an installation: #123456.');
  }
  const cursor = params.get('cursor') ?? '';
  const crashes = crashQuery(crashFilter.query, { given, problems, isNumber });
  return {
    crashes,
    filter: {
      ...(given.account !== undefined && { account: given.account }),
      ...(given.product !== undefined && { product: given.product }),
      ...(protocol !== undefined && { protocol }),
      ...(given.version !== undefined && { version: given.version }),
      ...(given.platform !== undefined && { platform: given.platform }),
      ...(state !== undefined && { state }),
      ...(isNumber && { installationNumber: Number(number) }),
      ...(given.installation !== undefined &&
        !isNumber &&
        seesProtected && { installation: given.installation }),
      ...(typeof receivedFrom === 'number' && { receivedFrom }),
      ...(typeof receivedTo === 'number' && { receivedTo }),
      ...(given.text !== undefined && { text: given.text }),
    },
    given,
    cursor: cursor === '' || cursor.length > MAX_VALUE ? null : cursor,
    fault: filterFault(crashFilter),
    problems,
  };
}

/** What a search takes for `version` and the like alone is found faster without one, and among reports that wait, too. */
const SEARCHED = [
  'channel',
  'environment',
  'process_type',
  'period',
  'happened_from',
  'happened_to',
  'q',
] as const;

/** The filter of crashes with what else a search knows. */
function crashQuery(
  query: Query | null,
  read: {
    readonly given: Readonly<Partial<Record<FilterName, string>>>;
    readonly problems: string[];
    readonly isNumber: boolean;
  },
): Query | null {
  const { given, problems, isNumber } = read;
  if (query === null || SEARCHED.every((name) => given[name] === undefined)) return null;
  if (given.protocol !== undefined)
    problems.push('"protocol" is not known to searches: take it away, or what is searched for.');
  if (given.state !== undefined && given.state !== 'processed')
    problems.push('Only processed reports are searched: "state" fits no search.');
  if (given.installation !== undefined && !isNumber)
    problems.push('Beside a search, "installation" must be the number of an installation: #123456.');
  const from = dateFilter(given.from, 'start');
  const to = dateFilter(given.to, 'end');
  return allOf([
    query,
    ...(isNumber && given.installation !== undefined ? [equals('installation', given.installation)] : []),
    ...(typeof from === 'number' ? [received('>=', from)] : []),
    ...(typeof to === 'number' ? [received('<', to)] : []),
    ...(given.text ?? '')
      .split(/\s+/)
      .filter((word) => word !== '')
      .map((text): Query => ({ is: 'word', text, at: 0 })),
  ]);
}

function received(op: '<' | '>=', at: number): Query {
  return { is: 'clause', key: 'received', conditions: [{ op, text: new Date(at).toISOString() }], at: 0 };
}

/** A link to the report list with these filters; absent and empty ones are left out. */
export function reportsLink(
  filters: Readonly<Partial<Record<FilterName | 'cursor', string | null>>>,
  path = '/reports',
): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(filters)) {
    if (typeof value === 'string' && value !== '') params.set(name, value);
  }
  const query = params.toString();
  return query === '' ? path : `${path}?${query}`;
}
