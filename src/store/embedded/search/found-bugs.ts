// Bugs whose crashes a query selects, with the counts of just these crashes.
import type { BugOrder, BugRow, BugState } from '../../bugs.ts';
import type { BugSearch, FoundBugs, SearchQuestion } from '../../crash-search.ts';
import type { Facet, FacetValue } from '../../../search/engine/question.ts';
import type { QueryFault } from '../../../search/query/query-fault.ts';
import type { Query } from '../../../search/query/query-tree.ts';
import { dayOf } from '../../shared/days.ts';
import { isDescending, joined, placeOrder, versionPlaces } from '../bugs/bug-places.ts';
import type { Place } from '../bugs/bug-places.ts';
import { BAR_DAYS, bugRow } from '../bugs/bug-row.ts';
import { productOrders } from '../bugs/bug-spans.ts';
import { matchingBugs, startOf } from '../bugs/list-bugs.ts';
import type { MatchingBug } from '../bugs/list-bugs.ts';
import type { Connection } from '../database/query.ts';
import { productVersionOrder } from '../database/version-rules.ts';
import { askFacts } from './ask-facts.ts';

const MAX_PAGE = 200;
/** More bugs than a store has. */
const ALL = 1_000_000;
/** Of a bug: as many as a product has. */
const MAX_VERSIONS = 1000;
const MAX_PLATFORMS = 50;

/** Bugs of the filter with a crash that the query selects, in order, and what the query counted. */
function sortedBugs(
  connection: Connection,
  { products, query: asked, filter, bars }: Omit<BugSearch, 'page'>,
  now: number,
):
  | {
      readonly ids: readonly number[];
      readonly states: Readonly<Record<BugState, number>>;
      readonly crashes: number;
      readonly complete: boolean;
    }
  | { readonly fault: QueryFault } {
  const { order = 'count' } = filter;
  const all = countByBug(connection, { products, query: asked }, sortedFacet(order), now);
  if ('fault' in all) return all;
  const counts = new Map(all.facet.values.map((each) => [Number(each.value), each]));
  const matching = matchingBugs(connection, filter, now).filter(({ id }) => counts.has(id));
  const states: Record<BugState, number> = { open: 0, closed: 0, ignored: 0 };
  for (const { shelf } of matching) states[shelf] += 1;
  const listed = matching.filter(({ shelf }) => filter.state === undefined || shelf === filter.state);
  const placeOf = placesUnder(connection, { order, bars, counts, listed }, now);
  const compare = placeOrder(isDescending({ ...filter, order }));
  const ids = listed
    .map((bug) => ({ id: bug.id, place: placeOf(bug) }))
    .toSorted((a, b) => compare(a.place, b.place))
    .map(({ id }) => id);
  return { ids, states, crashes: all.crashes, complete: all.complete };
}

/** What is counted of every bug, so that the list can be sorted by it. */
function sortedFacet(order: BugOrder): Omit<FacetAsked, 'key'> {
  return {
    top: ALL,
    distinct: order === 'installations' ? 'installation' : null,
    days: order === 'days',
    ...(order === 'versions' && { within: { key: 'version', top: MAX_VERSIONS } }),
    ...(order === 'platforms' && { within: { key: 'platform', top: MAX_PLATFORMS } }),
  };
}

/** Where each bug stands: by what its selected crashes say, as far as rows show that; else by what it is. */
function placesUnder(
  connection: Connection,
  {
    order,
    bars,
    counts,
    listed,
  }: {
    readonly order: BugOrder;
    readonly bars: BugSearch['bars'];
    readonly counts: ReadonlyMap<number, FacetValue>;
    readonly listed: readonly MatchingBug[];
  },
  now: number,
): (bug: MatchingBug) => Place {
  const beside = (id: number): readonly string[] =>
    (counts.get(id)?.within ?? []).map(({ value }) => String(value));
  switch (order) {
    case 'count':
      return ({ id, sortedBy }) => [counts.get(id)?.crashes ?? 0, ...sortedBy];
    case 'installations':
      return ({ id, sortedBy }) => [counts.get(id)?.distinct ?? 0, ...sortedBy];
    case 'days': {
      const { first, days } = bars ?? { first: dayOf(now) - BAR_DAYS + 1, days: BAR_DAYS };
      const shown = (id: number): number =>
        (counts.get(id)?.days ?? [])
          .filter(([day]) => day >= first && day < first + days)
          .reduce((sum, [, crashes]) => sum + crashes, 0);
      return ({ id }) => [shown(id), id];
    }
    case 'versions': {
      const places = versionPlaces(listed, beside, (productId) => productVersionOrder(connection, productId));
      return ({ id }) => places.get(id) ?? [null, null, id];
    }
    case 'platforms':
      return ({ id }) => [joined(beside(id)), id];
    default:
      return ({ sortedBy }) => sortedBy;
  }
}

/** Their numbers, for what is done to all of them. */
export function foundBugIds(
  connection: Connection,
  search: Omit<BugSearch, 'page'>,
  limit: number,
  now: number,
): { readonly ids: readonly number[]; readonly complete: boolean } | { readonly fault: QueryFault } {
  const found = sortedBugs(connection, search, now);
  return 'fault' in found ? found : { ids: found.ids.slice(0, limit), complete: found.complete };
}

export function foundBugs(
  connection: Connection,
  { products, query: asked, filter, page, bars }: BugSearch,
  now: number,
): { readonly found: FoundBugs } | { readonly fault: QueryFault } {
  const all = sortedBugs(
    connection,
    { products, query: asked, filter, ...(bars !== undefined && { bars }) },
    now,
  );
  if ('fault' in all) return all;
  const limit = Math.min(Math.max(Math.floor(page.limit), 1), MAX_PAGE);
  const start = startOf(page.cursor);
  const shown = all.ids.slice(start, start + limit);
  const these: Query = {
    is: 'clause',
    key: 'bug',
    conditions: shown.map((id) => ({ op: 'equals', text: String(id) })),
    at: 0,
  };
  const details =
    shown.length === 0
      ? null
      : countByBug(
          connection,
          { products, query: { is: 'and', of: [asked, these] } },
          { top: limit, distinct: 'installation', days: true, within: { key: 'version', top: MAX_VERSIONS } },
          now,
          {
            top: limit,
            distinct: null,
            days: false,
            within: { key: 'platform', top: MAX_PLATFORMS },
          },
        );
  const facet = details === null || 'fault' in details ? null : details.facet;
  const platforms = details === null || 'fault' in details ? null : details.platforms;
  const extent = productOrders(connection);
  return {
    found: {
      rows: shown.flatMap((id) => {
        const row = bugRow(connection, id, now);
        return row === null ? [] : [counted(row, { facet, platforms, extent, bars }, now)];
      }),
      next: start + limit < all.ids.length ? String(start + limit) : null,
      states: all.states,
      crashes: all.crashes,
      complete: all.complete,
    },
  };
}

type FacetAsked = SearchQuestion['facets'][number];

/** The crashes of each bug; `besides`: a second way to count them, whose answer is `platforms`. */
function countByBug(
  connection: Connection,
  search: Pick<BugSearch, 'products' | 'query'>,
  facet: Omit<FacetAsked, 'key'>,
  now: number,
  besides?: Omit<FacetAsked, 'key'>,
):
  | {
      readonly facet: Facet;
      readonly platforms: Facet | null;
      readonly crashes: number;
      readonly complete: boolean;
    }
  | { readonly fault: QueryFault } {
  const found = askFacts(
    connection,
    {
      ...search,
      facets: [facet, ...(besides === undefined ? [] : [besides])].map((one) => ({ key: 'bug', ...one })),
      histogram: null,
      distinct: [],
      numbers: [],
      list: null,
    },
    now,
  );
  if ('fault' in found) return found;
  const { facets, crashes, complete } = found.answer;
  const [first = { values: [], different: 0, absent: 0 }, platforms = null] = facets;
  return { facet: first, platforms, crashes, complete };
}

/** A bug's row with the counts, versions, platforms and days of the selected crashes. */
function counted(
  row: BugRow,
  {
    facet,
    platforms,
    extent,
    bars,
  }: {
    readonly facet: Facet | null;
    readonly platforms: Facet | null;
    readonly extent: ReturnType<typeof productOrders>;
    readonly bars: BugSearch['bars'];
  },
  now: number,
): BugRow {
  const value = facet?.values.find((each) => Number(each.value) === row.id);
  const first = dayOf(now) - BAR_DAYS + 1;
  const days = new Map(value?.days ?? []);
  const versions = (value?.within ?? []).map((each) => String(each.value)).toSorted(extent(row));
  const on = platforms?.values.find((each) => Number(each.value) === row.id)?.within ?? [];
  return {
    ...row,
    count: value?.crashes ?? 0,
    installations: value?.distinct ?? 0,
    firstVersion: versions[0] ?? null,
    lastVersion: versions.at(-1) ?? null,
    platforms: on.map((each) => String(each.value)).toSorted(),
    last28Days: Array.from({ length: BAR_DAYS }, (_, at) => days.get(first + at) ?? 0),
    ...(bars !== undefined && {
      bars: Array.from({ length: bars.days }, (_, at) => days.get(bars.first + at) ?? 0),
    }),
  };
}
