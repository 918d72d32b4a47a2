// Bugs whose crashes a query selects, with the counts of just these crashes.
import type { BugOrder, BugRow, BugState } from '../../bugs.ts';
import type { BugSearch, FoundBugs } from '../../crash-search.ts';
import type { BugCounts, BugDetails, BugOf } from '../../../search/engine/count-by-bug.ts';
import { countByBug, detailsOfBugs } from '../../../search/engine/count-by-bug.ts';
import { bindQuery } from '../../../search/query/bind-query.ts';
import type { QueryFault } from '../../../search/query/query-fault.ts';
import { dayOf } from '../../shared/days.ts';
import { isDescending, joined, placeOrder, versionPlaces } from '../bugs/list-places.ts';
import type { Place } from '../bugs/list-places.ts';
import { BAR_DAYS, bugRow } from '../bugs/bug-row.ts';
import { productOrders } from '../bugs/bug-spans.ts';
import { matchingBugs, matchingStates, placesIn, startOf } from '../bugs/list-bugs.ts';
import type { MatchingBug } from '../bugs/list-bugs.ts';
import type { Connection } from '../database/query.ts';
import { productVersionOrder } from '../database/version-rules.ts';
import { openFacts } from './ask-facts.ts';
import { bugsOfCases } from './bugs-of-cases.ts';

const MAX_PAGE = 200;

/** What a query counts, before a page of it is shown. */
interface Sorted {
  readonly counted: BugCounts;
  readonly bugOf: BugOf;
  /** Bugs of the filter with a crash that the query selects, in order; as many as were asked for. */
  readonly ids: readonly number[];
  /** How many there are in all. */
  readonly listed: number;
  readonly states: Readonly<Record<BugState, number>>;
}

/** `most`: so many of the first bugs are wanted. */
function sortedBugs(
  connection: Connection,
  { products, query, filter, bars }: Omit<BugSearch, 'page'>,
  most: number,
  now: number,
): Sorted | { readonly fault: QueryFault } {
  const facts = openFacts(connection, products);
  const bound = bindQuery(query, facts.known, now);
  if ('fault' in bound) return bound;
  const bugOf = bugsOfCases(connection);
  const counted = countByBug(facts.chunks, bound.query, bugOf, facts.out);
  const states: Record<BugState, number> = { open: 0, closed: 0, ignored: 0 };
  const listed: number[] = [];
  for (const [id, state] of matchingStates(connection, filter)) {
    if ((counted.counts[id] ?? 0) === 0) continue;
    states[state] += 1;
    if (filter.state === undefined || state === filter.state) listed.push(id);
  }
  const { order = 'count' } = filter;
  const asked = {
    filter: { ...filter, order },
    counted,
    listed,
    bugOf,
    most,
    bars,
    ties: filter.order ?? 'week',
  };
  const numbers = numbersUnder(asked, now);
  const ids = numbers === null ? byPlaces(connection, asked, now) : byNumbers(connection, asked, numbers);
  return { counted, bugOf, ids, listed: listed.length, states };
}

interface Asked {
  readonly filter: BugSearch['filter'] & { readonly order: BugOrder };
  readonly counted: BugCounts;
  readonly listed: readonly number[];
  readonly bugOf: BugOf;
  readonly most: number;
  readonly bars: BugSearch['bars'];
  /** What decides between bugs of which as much was counted. */
  readonly ties: BugOrder;
}

/** The number of each listed bug that an order goes by; null: it goes by something else. */
function numbersUnder(
  { filter: { order }, counted, listed, bugOf, bars }: Asked,
  now: number,
): Float64Array | null {
  switch (order) {
    case 'count':
      return Float64Array.from(listed, (id) => counted.counts[id] ?? 0);
    case 'installations':
    case 'users':
      return Float64Array.from(detailsOfBugs(counted, listed, { [order]: true }, bugOf), (own) => own[order]);
    case 'days': {
      const { first, days } = bars ?? { first: dayOf(now) - BAR_DAYS + 1, days: BAR_DAYS };
      return Float64Array.from(detailsOfBugs(counted, listed, { days: true }, bugOf), (own) =>
        own.days.reduce((sum, [day, crashes]) => sum + (day >= first && day < first + days ? crashes : 0), 0),
      );
    }
    default:
      return null;
  }
}

/** The first bugs by their numbers. Only those that can be among them are put in order, and only of these is read what decides between equals. */
function byNumbers(
  connection: Connection,
  { filter, listed, most, ties }: Asked,
  numbers: Float64Array,
): readonly number[] {
  const descends = isDescending(filter);
  const sorted = numbers.toSorted();
  const edge = listed.length <= most ? null : ((descends ? sorted.at(-most) : sorted[most - 1]) ?? null);
  const candidates = [...listed.keys()].filter(
    (at) => edge === null || (descends ? (numbers[at] ?? 0) >= edge : (numbers[at] ?? 0) <= edge),
  );
  const places = placesIn(
    connection,
    ties,
    candidates.map((at) => listed[at] ?? 0),
  );
  const compare = placeOrder(descends);
  return candidates
    .map((at): [number, Place] => {
      const id = listed[at] ?? 0;
      return [id, [numbers[at] ?? 0, ...(places.get(id) ?? [id])]];
    })
    .toSorted(([, a], [, b]) => compare(a, b))
    .slice(0, most)
    .map(([id]) => id);
}

/** The first bugs by what rows show of their selected crashes, or by what they are. */
function byPlaces(
  connection: Connection,
  { filter, counted, listed, bugOf, most }: Asked,
  now: number,
): readonly number[] {
  const among = new Set(listed);
  const bugs = matchingBugs(connection, filter, now).filter(({ id }) => among.has(id));
  const detailed = (wanted: 'versions' | 'platforms'): ReadonlyMap<number, readonly string[]> => {
    const details = detailsOfBugs(counted, listed, { [wanted]: true }, bugOf);
    return new Map(listed.map((id, at) => [id, details[at]?.[wanted] ?? []]));
  };
  let placeOf = ({ sortedBy }: MatchingBug): Place => sortedBy;
  if (filter.order === 'versions') {
    const seen = detailed('versions');
    const places = versionPlaces(
      bugs,
      (id) => seen.get(id) ?? [],
      (productId) => productVersionOrder(connection, productId),
    );
    placeOf = ({ id }) => places.get(id) ?? [null, null, id];
  } else if (filter.order === 'platforms') {
    const seen = detailed('platforms');
    placeOf = ({ id }) => [joined(seen.get(id) ?? []), id];
  }
  const compare = placeOrder(isDescending(filter));
  return bugs
    .map((bug): [number, Place] => [bug.id, placeOf(bug)])
    .toSorted(([, a], [, b]) => compare(a, b))
    .slice(0, most)
    .map(([id]) => id);
}

/** Their numbers, for what is done to all of them. */
export function foundBugIds(
  connection: Connection,
  search: Omit<BugSearch, 'page'>,
  limit: number,
  now: number,
): { readonly ids: readonly number[]; readonly complete: boolean } | { readonly fault: QueryFault } {
  const found = sortedBugs(connection, search, limit, now);
  return 'fault' in found ? found : { ids: found.ids, complete: found.counted.complete };
}

export function foundBugs(
  connection: Connection,
  { page, ...search }: BugSearch,
  now: number,
): { readonly found: FoundBugs } | { readonly fault: QueryFault } {
  const limit = Math.min(Math.max(Math.floor(page.limit), 1), MAX_PAGE);
  const start = startOf(page.cursor);
  const sorted = sortedBugs(connection, search, start + limit, now);
  if ('fault' in sorted) return sorted;
  const { counted, bugOf, listed, states } = sorted;
  const shown = sorted.ids.slice(start);
  const details = detailsOfBugs(
    counted,
    shown,
    { installations: true, users: true, days: true, versions: true, platforms: true },
    bugOf,
  );
  const extent = productOrders(connection);
  return {
    found: {
      rows: shown.flatMap((id, at) => {
        const row = bugRow(connection, id, now);
        const own = details[at];
        if (row === null || own === undefined) return [];
        return [
          {
            ...row,
            ...underFilter(own, { bars: search.bars, order: extent(row), now }),
            count: counted.counts[id] ?? 0,
          },
        ];
      }),
      next: start + limit < listed ? String(start + limit) : null,
      states,
      crashes: counted.crashes,
      complete: counted.complete,
      counted: counted.counted,
      existing: counted.existing,
    },
  };
}

/** What of a row the selected crashes say. */
function underFilter(
  { installations, users, days, versions, platforms }: BugDetails,
  {
    bars,
    order,
    now,
  }: {
    readonly bars: BugSearch['bars'];
    readonly order: (a: string, b: string) => number;
    readonly now: number;
  },
): Partial<BugRow> {
  const first = dayOf(now) - BAR_DAYS + 1;
  const counts = new Map(days);
  const spread = versions.toSorted(order);
  return {
    installations,
    users,
    firstVersion: spread[0] ?? null,
    lastVersion: spread.at(-1) ?? null,
    platforms: platforms.toSorted(),
    last28Days: Array.from({ length: BAR_DAYS }, (_, at) => counts.get(first + at) ?? 0),
    ...(bars !== undefined && {
      bars: Array.from({ length: bars.days }, (_, at) => counts.get(bars.first + at) ?? 0),
    }),
  };
}
