// The filter of crashes in a query string, the same for every page and the API: `?q=…&period=28d`, and some keys as parameters of their
// own, which mean the same as a clause of the search. One parser, and links that carry what is set.
import { EVERYTHING } from '../../search/query/query-tree.ts';
import type { Clause, Condition, Query } from '../../search/query/query-tree.ts';
import { parseQuery } from '../../search/query/parse-query.ts';

/** Filters that are parameters of their own, and the same as a clause of the query. */
export const CLAUSE_NAMES = ['version', 'platform', 'channel', 'environment', 'process_type'] as const;
export const PERIODS = ['24h', '7d', '28d', '90d', '400d'] as const;
export type Period = (typeof PERIODS)[number];

/** Days of each period, in charts by day. */
export const PERIOD_DAYS: Readonly<Record<Period, number>> = {
  '24h': 1,
  '7d': 7,
  '28d': 28,
  '90d': 90,
  '400d': 400,
};

/** Days of what a parameter says; undefined: it is no period. */
export function daysOfPeriod(text: string | undefined): number | undefined {
  const period = PERIODS.find((one) => one === text);
  return period === undefined ? undefined : PERIOD_DAYS[period];
}

/** All parameters of the filter; the product is that of the page, or one of its own. */
export const CRASH_FILTER_NAMES = [...CLAUSE_NAMES, 'period', 'happened_from', 'happened_to', 'q'] as const;
export type CrashFilterName = (typeof CRASH_FILTER_NAMES)[number];
export type GivenCrashFilter = Readonly<Partial<Record<CrashFilterName, string>>>;

/** Longest value of a parameter; a search may have as many characters as the parser takes. */
const MAX_VALUE = 500;

export interface CrashFilter {
  /** The values as given, for the form and for links. */
  readonly given: GivenCrashFilter;
  /** Null: nothing is set, or what is set was not understood. */
  readonly query: Query | null;
  /** What was not understood, a sentence. */
  readonly problem: string | null;
  /** Where in `q` the problem is, in characters from 0; null: not in it. */
  readonly at: number | null;
}

export function readCrashFilter(params: URLSearchParams): CrashFilter {
  const given: Partial<Record<CrashFilterName, string>> = {};
  for (const name of CRASH_FILTER_NAMES) {
    const value = params.get(name)?.trim() ?? '';
    if (value.length > MAX_VALUE && name !== 'q')
      return faulty(given, `"${name}" is longer than ${MAX_VALUE} characters.`, null);
    if (value !== '') given[name] = value;
  }
  const { q = '', period } = given;
  const parsed = parseQuery(q);
  if ('fault' in parsed) return faulty(given, parsed.fault.problem, parsed.fault.at);
  if (period !== undefined && !PERIODS.some((one) => one === period))
    return faulty(given, `"period" is none of ${PERIODS.join(', ')}.`, null);
  const { happened_from: from, happened_to: to } = given;
  for (const [name, day] of [['happened_from', from] as const, ['happened_to', to] as const]) {
    if (day !== undefined && !isDay(day)) return faulty(given, `"${name}" is no day (2026-11-20).`, null);
  }
  const clauses = [
    ...(parsed.query === EVERYTHING ? [] : [parsed.query]),
    ...CLAUSE_NAMES.flatMap((name) => (given[name] === undefined ? [] : [equals(name, given[name])])),
    ...(period === undefined ? [] : [equals('received', `-${period}`)]),
    ...(from === undefined && to === undefined ? [] : [happened(from, to)]),
  ];
  return { given, query: clauses.length === 0 ? null : allOf(clauses), problem: null, at: null };
}

/** A day that exists, as dates are written. */
export function isDay(text: string): boolean {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

/** Those of some days that the filter selects. */
export function daysWithin(
  days: readonly string[],
  { happened_from: from, happened_to: to }: GivenCrashFilter,
): readonly string[] {
  return days.filter((day) => (from === undefined || day >= from) && (to === undefined || day <= to));
}

/** Crashes of these days, both among them. */
function happened(from: string | undefined, to: string | undefined): Clause {
  const condition: Condition =
    from === undefined
      ? { op: '<=', text: to ?? '' }
      : to === undefined
        ? { op: '>=', text: from }
        : { op: 'between', from, to };
  return { is: 'clause', key: 'happened', conditions: [condition], at: 0 };
}

/** The part of given parameters that is the filter of crashes. */
export function crashFilterOf(given: Readonly<Partial<Record<string, string>>>): GivenCrashFilter {
  return Object.fromEntries(
    CRASH_FILTER_NAMES.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])),
  );
}

function faulty(given: GivenCrashFilter, problem: string, at: number | null): CrashFilter {
  return { given, query: null, problem, at };
}

/** All of some queries. */
export function allOf(queries: readonly Query[]): Query {
  const [only] = queries;
  return queries.length === 1 && only !== undefined ? only : { is: 'and', of: queries };
}

/** A clause that a key is a value. */
export function equals(key: string, text: string): Clause {
  return { is: 'clause', key, conditions: [{ op: 'equals', text }], at: 0 };
}

/** What is wrong, with the character of `q` at which it stands. */
export function faultSentence(problem: string, at: number | null): string {
  return at === null ? problem : `${problem} (at character ${at + 1})`;
}

/** What is wrong with a filter of several parameters: the sentence names `q` where it stands in that one. */
export function filterFault({ problem, at }: CrashFilter): string | null {
  return problem === null || at === null ? problem : `"q": ${faultSentence(problem, at)}`;
}

/** Whether the filter of crashes says itself what is wrong with a parameter. */
export function isCrashFilterName(name: string): name is CrashFilterName {
  return CRASH_FILTER_NAMES.some((one) => one === name);
}

/** A link that carries the filter, and further parameters; empty ones are left out. */
export function filteredLink(
  path: string,
  given: GivenCrashFilter,
  more: Readonly<Record<string, string | null | undefined>> = {},
): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...given, ...more })) {
    if (typeof value === 'string' && value !== '') params.set(name, value);
  }
  const query = params.toString();
  return query === '' ? path : `${path}?${query}`;
}
