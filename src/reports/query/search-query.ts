// The query string of a search, the same for the page and the API: text → question, and back to links.
import type { FacetSeen, SearchAsked } from '../gate/seen-search.ts';
import { EVERYTHING } from '../../search/query/query-tree.ts';
import { readCrashFilter } from './crash-filter.ts';

const MAX_FACETS = 20;
const MAX_TOP = 1000;
const DEFAULT_TOP = 10;
const MAX_COLUMNS = 20;
const MAX_VALUE = 500;

export const DEFAULT_COLUMNS = ['received', 'signature', 'version', 'platform'] as const;

export interface SearchQuery {
  /** Null: it was not understood, and `problem` says why. */
  readonly asked: SearchAsked | null;
  readonly problem: string | null;
  /** Where in `q` the problem is, in characters from 0; null: not in it. */
  readonly at: number | null;
}

/** Reads a query string. `limit`: rows of the list; 0: none. */
export function readSearchQuery(params: URLSearchParams, limit: number): SearchQuery {
  const filter = readCrashFilter(params);
  if (filter.problem !== null) return faulty(filter.problem, filter.at);
  const facets: FacetSeen[] = [];
  for (const key of listed(params, 'facets'))
    facets.push({ key, top: topOf(params), distinct: 'installation', days: false });
  if (facets.length > MAX_FACETS) return faulty(`At most ${MAX_FACETS} facets are counted at once.`, null);
  const group = listed(params, 'group');
  const [outer, inner] = group;
  if (group.length > 0 && (outer === undefined || inner === undefined || group.length > 2))
    return faulty('"group" takes two keys, joined by a comma.', null);
  if (outer !== undefined && inner !== undefined) {
    const within = { key: inner, top: topOf(params) };
    facets.push({ key: outer, top: topOf(params), distinct: 'installation', days: false, within });
  }
  const columns = listed(params, 'columns');
  if (columns.length > MAX_COLUMNS) return faulty(`A list has at most ${MAX_COLUMNS} columns.`, null);
  const histogram = given(params, 'histogram');
  if (histogram !== null && histogram !== 'day' && histogram !== 'hour') {
    return faulty('"histogram" is none of day, hour.', null);
  }
  const sort = given(params, 'sort') ?? '-received';
  return {
    problem: null,
    at: null,
    asked: {
      account: given(params, 'account'),
      product: given(params, 'product'),
      query: filter.query ?? EVERYTHING,
      facets,
      histogram,
      distinct: listed(params, 'distinct'),
      numbers: listed(params, 'numbers'),
      whole: given(params, 'whole') === '1',
      list:
        limit === 0
          ? null
          : {
              columns: columns.length === 0 ? DEFAULT_COLUMNS : columns,
              sort: { key: sort.replace(/^-/, ''), descending: sort.startsWith('-') },
              limit,
              cursor: given(params, 'cursor'),
            },
    },
  };
}

/** A search of which all rows are written down: the columns are what each says, crash id and bug first where none are named. */
export function readExportQuery(params: URLSearchParams): Omit<SearchQuery, 'asked'> & {
  readonly asked: (SearchAsked & { readonly list: NonNullable<SearchAsked['list']> }) | null;
} {
  const read = readSearchQuery(params, 1);
  if (read.asked === null || read.asked.list === null) return { ...read, asked: null };
  const { list } = read.asked;
  const columns = [...new Set([...EXPORTED_FIRST, ...list.columns])];
  return { ...read, asked: { ...read.asked, list: { ...list, columns } } };
}

const EXPORTED_FIRST = ['crash_id', 'bug'] as const;

function faulty(problem: string, at: number | null): SearchQuery {
  return { asked: null, problem, at };
}

function given(params: URLSearchParams, name: string): string | null {
  const value = params.get(name)?.trim() ?? '';
  return value === '' || value.length > MAX_VALUE ? null : value;
}

function listed(params: URLSearchParams, name: string): readonly string[] {
  return (given(params, name) ?? '').split(',').filter((one) => one !== '');
}

function topOf(params: URLSearchParams): number {
  const top = given(params, 'top') ?? '';
  return /^\d{1,4}$/.test(top) ? Math.min(Math.max(Number(top), 1), MAX_TOP) : DEFAULT_TOP;
}
