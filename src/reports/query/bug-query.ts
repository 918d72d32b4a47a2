// The query string of a bug list, the same for the page and the API: text → filter, and back to links.
import type { BugFilter, BugState } from '../../store/bugs.ts';
import { BUG_ORDERS, BUG_STATES } from '../../store/bugs.ts';
import type { Person } from '../auth/person.ts';
import {
  CRASH_FILTER_NAMES,
  allOf,
  filterFault,
  isCrashFilterName,
  readCrashFilter,
} from './crash-filter.ts';
import type { Query } from '../../search/query/query-tree.ts';
import { dateFilter } from '../view/date-filter.ts';

/** The parameters that narrow or order a list. */
export const BUG_FILTER_NAMES = [
  'state',
  'account',
  'product',
  ...CRASH_FILTER_NAMES,
  'kind',
  'severity',
  'assignee',
  'seen_from',
  'new_since',
  'text',
  'order',
] as const;
export type BugFilterName = (typeof BUG_FILTER_NAMES)[number];

export const SEVERITIES = ['normal', 'major'] as const;

/** The `assignee` that stands for whoever asks. */
export const ME = 'me';

/** Longest value of a filter that is looked at. */
const MAX_VALUE = 500;

export type GivenBugFilters = Readonly<Partial<Record<BugFilterName, string>>>;

export interface BugQuery {
  readonly filter: BugFilter;
  /** What its crashes must be; null: all of them, and counts are those of all time. */
  readonly crashes: Query | null;
  /** The values as given, for the form and for links. */
  readonly given: GivenBugFilters;
  readonly cursor: string | null;
  /** Why the filter of crashes was not understood: nothing is listed then, since all would look like its answer. */
  readonly fault: string | null;
  /** What else was not understood and therefore left out, one sentence each. */
  readonly problems: readonly string[];
}

/** What names a person in `assignee`: the e-mail address, which is unique; nobody else's for a token without a user. */
export function assigneeName(person: Person): string | null {
  return person.user?.email ?? null;
}

/** Reads a query string. Without `state` the list holds `defaultState`; `all` is every state. */
export function readBugQuery(
  params: URLSearchParams,
  options: { readonly person: Person; readonly defaultState: BugState | 'all' },
): BugQuery {
  const problems: string[] = [];
  const crashFilter = readCrashFilter(params);
  const given: Partial<Record<BugFilterName, string>> = {};
  for (const name of BUG_FILTER_NAMES) {
    const value = params.get(name)?.trim() ?? '';
    if (value.length > MAX_VALUE && name !== 'q') {
      if (!isCrashFilterName(name)) problems.push(`"${name}" is longer than ${MAX_VALUE} characters.`);
    } else if (value !== '') given[name] = value;
  }
  const choose = <T extends string>(name: BugFilterName, words: readonly T[]): T | undefined => {
    const word = words.find((one) => one === given[name]);
    if (given[name] !== undefined && word === undefined) {
      problems.push(`"${name}" is none of ${words.join(', ')}.`);
    }
    return word;
  };
  const day = (name: 'seen_from' | 'new_since'): number | undefined => {
    const value = dateFilter(given[name], 'start');
    if (value === null) {
      problems.push(`"${name}" is neither a date (2026-11-20) nor a time (2026-11-20T14:00Z).`);
    }
    return value ?? undefined;
  };
  const state = choose('state', [...BUG_STATES, 'all'] as const) ?? options.defaultState;
  const severity = choose('severity', SEVERITIES);
  // A minus in front turns one round.
  const turned = choose('order', [...BUG_ORDERS, ...BUG_ORDERS.map((one) => `-${one}` as const)]);
  const order = BUG_ORDERS.find((one) => one === turned?.replace('-', ''));
  const reversed = turned?.startsWith('-') === true;
  const seenFrom = day('seen_from');
  const newSince = day('new_since');
  // A token without a user has no bugs of its own: the filter then finds nothing rather than everything.
  const assignee = given.assignee === ME ? (assigneeName(options.person) ?? ME) : given.assignee;
  const cursor = params.get('cursor') ?? '';
  return {
    crashes: crashQuery(crashFilter.query, given),
    filter: {
      ...(state !== 'all' && { state }),
      ...(given.account !== undefined && { account: given.account }),
      ...(given.product !== undefined && { product: given.product }),
      ...(given.version !== undefined && { version: given.version }),
      ...(given.kind !== undefined && { kind: given.kind }),
      ...(severity !== undefined && { severity }),
      ...(assignee !== undefined && { assignee }),
      ...(seenFrom !== undefined && { seenFrom }),
      ...(newSince !== undefined && { newSince }),
      ...(given.text !== undefined && { text: given.text }),
      ...(order !== undefined && { order }),
      ...(reversed && { reversed }),
    },
    given,
    cursor: cursor === '' || cursor.length > MAX_VALUE ? null : cursor,
    fault: filterFault(crashFilter),
    problems,
  };
}

/** The filter of crashes; words of `text` belong to it where there is one. */
function crashQuery(query: Query | null, given: GivenBugFilters): Query | null {
  if (query === null) return null;
  const words = (given.text ?? '').split(/\s+/).filter((one) => one !== '');
  return allOf([query, ...words.map((text): Query => ({ is: 'word', text, at: 0 }))]);
}

/** A link to the bug list with these filters; absent and empty ones are left out. */
export function bugsLink(
  filters: Readonly<Partial<Record<BugFilterName | 'cursor' | 'columns' | 'act', string | null>>>,
): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(filters)) {
    if (typeof value === 'string' && value !== '') params.set(name, value);
  }
  const query = params.toString();
  return query === '' ? '/bugs' : `/bugs?${query}`;
}
