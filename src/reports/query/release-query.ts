// The query strings of releases, comparisons and top crashers, the same for pages and the API, and links to them.
import { EVERYTHING } from '../../search/query/query-tree.ts';
import type { Query } from '../../search/query/query-tree.ts';
import type { BugFilter } from '../../store/bugs.ts';
import type { Person } from '../auth/person.ts';
import { BUG_FILTER_NAMES, readBugQuery } from './bug-query.ts';
import { PERIOD_DAYS, PERIODS } from './crash-filter.ts';

const DAY_MS = 86_400_000;
export const DEFAULT_PERIOD = '7d';
export const TOP_ORDERS = ['crashes', 'installations'] as const;
const DEFAULT_DAYS = 28;
const MAX_VALUE = 500;

/** Filters of top crashers: those of the bug list. */
export const TOP_FILTER_NAMES = BUG_FILTER_NAMES.filter((name) => name !== 'order' && name !== 'period');

export interface TopQuery {
  readonly query: Query;
  readonly filter: BugFilter;
  readonly period: (typeof PERIODS)[number];
  readonly periodMs: number;
  readonly by: (typeof TOP_ORDERS)[number];
  /** What was given, for forms and links. */
  readonly given: Readonly<Record<string, string>>;
  /** What was not understood, one sentence each. */
  readonly problems: readonly string[];
}

export function readTopQuery(params: URLSearchParams, person: Person): TopQuery {
  const inside = new URLSearchParams(params);
  inside.delete('period');
  inside.delete('order');
  const bugs = readBugQuery(inside, { person, defaultState: 'all' });
  const problems = [...(bugs.fault === null ? [] : [bugs.fault]), ...bugs.problems];
  const given: Record<string, string> = { ...bugs.given };
  for (const name of ['period', 'by']) {
    const value = params.get(name)?.trim() ?? '';
    if (value !== '' && value.length <= MAX_VALUE) given[name] = value;
  }
  const period = PERIODS.find((one) => one === (given['period'] ?? DEFAULT_PERIOD));
  if (period === undefined) problems.push(`"period" is none of ${PERIODS.join(', ')}.`);
  const by = TOP_ORDERS.find((one) => one === (given['by'] ?? 'crashes'));
  if (by === undefined) problems.push(`"by" is none of ${TOP_ORDERS.join(', ')}.`);
  // Words of titles belong to the query here: without other conditions the bug list keeps them for itself.
  const words = bugs.crashes === null ? (given['text'] ?? '').split(/\s+/) : [];
  const clauses: readonly Query[] = [
    ...(bugs.crashes === null ? [] : [bugs.crashes]),
    ...words.flatMap((text): Query[] => (text === '' ? [] : [{ is: 'word', text, at: 0 }])),
  ];
  const chosen = period ?? DEFAULT_PERIOD;
  return {
    query: clauses.length === 0 ? EVERYTHING : { is: 'and', of: clauses },
    filter: bugs.filter,
    period: chosen,
    periodMs: PERIOD_DAYS[chosen] * DAY_MS,
    by: by ?? 'crashes',
    given,
    problems,
  };
}

/** A link to the top crashers with these filters; absent and empty ones are left out. */
export function topLink(filters: Readonly<Record<string, string | null | undefined>>): string {
  return linkTo('/top', filters);
}

/** Which releases are compared, over how many days of each, perhaps for one bug. */
export interface CompareQuery {
  readonly base: string | null;
  readonly new: string | null;
  readonly days: number;
  readonly bugId: number | null;
  readonly problem: string | null;
}

export const MAX_COMPARED_DAYS = 90;

export function readCompareQuery(params: URLSearchParams): CompareQuery {
  const text = (name: string): string | null => {
    const value = params.get(name)?.trim() ?? '';
    return value === '' || value.length > MAX_VALUE ? null : value;
  };
  const days = text('days');
  const bug = text('bug')?.replace(/^#/, '') ?? null;
  const problem =
    days !== null && !/^[1-9]\d?$/.test(days)
      ? `"days" is a whole number from 1 to ${MAX_COMPARED_DAYS}.`
      : bug !== null && !/^\d{1,12}$/.test(bug)
        ? '"bug" is the number of a bug.'
        : null;
  return {
    base: text('base'),
    new: text('new'),
    days: problem === null && days !== null ? Math.min(Number(days), MAX_COMPARED_DAYS) : DEFAULT_DAYS,
    bugId: problem === null && bug !== null ? Number(bug) : null,
    problem,
  };
}

interface ProductNamed {
  readonly account: string;
  readonly name: string;
}

function pathOf({ account, name }: ProductNamed): string {
  return `/products/${encodeURIComponent(account)}/${encodeURIComponent(name)}`;
}

export function releasesLink(product: ProductNamed): string {
  return `${pathOf(product)}/releases`;
}

export function releaseLink(product: ProductNamed, version: string): string {
  return `${releasesLink(product)}/${encodeURIComponent(version)}`;
}

export function compareLink(
  product: ProductNamed,
  asked: Readonly<Record<'base' | 'new' | 'days' | 'bug', string | null>>,
): string {
  return linkTo(`${pathOf(product)}/compare`, asked);
}

function linkTo(path: string, values: Readonly<Record<string, string | null | undefined>>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === 'string' && value !== '') params.set(name, value);
  }
  const query = params.toString();
  return query === '' ? path : `${path}?${query}`;
}
