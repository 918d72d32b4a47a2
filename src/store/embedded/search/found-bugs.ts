// Bugs whose crashes a query selects, with the counts of just these crashes.
import type { BugFilter, BugOrder, BugRow, BugState } from '../../bugs.ts';
import type { BugSearch, FoundBugs } from '../../crash-search.ts';
import type { BugCounts, BugDetails, BugOf } from '../../../search/engine/count-by-bug.ts';
import { countByBug, detailsOfBugs } from '../../../search/engine/count-by-bug.ts';
import { bindQuery } from '../../../search/query/bind-query.ts';
import type { QueryFault } from '../../../search/query/query-fault.ts';
import { dayOf } from '../../shared/days.ts';
import { isDescending, joined, placeOrder, versionPlaces } from '../bugs/bug-places.ts';
import type { Place } from '../bugs/bug-places.ts';
import { BAR_DAYS, bugRow } from '../bugs/bug-row.ts';
import { productOrders } from '../bugs/bug-spans.ts';
import { matchingBugs, startOf } from '../bugs/list-bugs.ts';
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
  const listed: MatchingBug[] = [];
  for (const bug of matchingBugs(connection, filter, now)) {
    if ((counted.counts[bug.id] ?? 0) === 0) continue;
    states[bug.shelf] += 1;
    if (filter.state === undefined || bug.shelf === filter.state) listed.push(bug);
  }
  const { order = 'count' } = filter;
  const places = placesUnder(connection, { order, bars, counted, listed, bugOf }, now);
  const ids = firstOf(listed, places, { ...filter, order }, most).map(({ id }) => id);
  return { counted, bugOf, ids, listed: listed.length, states };
}

/**
 * The first of bugs in an order. Where it begins with numbers, these alone tell most bugs from those that are wanted, and only the rest is put in
 * order by everything.
 */
function firstOf(
  bugs: readonly MatchingBug[],
  places: readonly Place[],
  filter: Pick<BugFilter, 'order' | 'reversed'>,
  most: number,
): readonly MatchingBug[] {
  const descends = isDescending(filter);
  const firsts = Float64Array.from(places, ([first]) => (typeof first === 'number' ? first : NaN));
  let candidates = [...bugs.keys()];
  if (bugs.length > most && !firsts.includes(NaN)) {
    const sorted = firsts.toSorted();
    const edge = (descends ? sorted.at(-most) : sorted[most - 1]) ?? 0;
    candidates = candidates.filter((at) =>
      descends ? (firsts[at] ?? 0) >= edge : (firsts[at] ?? 0) <= edge,
    );
  }
  const compare = placeOrder(descends);
  return candidates
    .toSorted((a, b) => compare(places[a] ?? [], places[b] ?? []))
    .slice(0, most)
    .flatMap((at) => bugs[at] ?? []);
}

/** Where each bug stands: by what its selected crashes say, as far as rows show that; else by what it is. */
function placesUnder(
  connection: Connection,
  {
    order,
    bars,
    counted,
    listed,
    bugOf,
  }: {
    readonly order: BugOrder;
    readonly bars: BugSearch['bars'];
    readonly counted: BugCounts;
    readonly listed: readonly MatchingBug[];
    readonly bugOf: BugOf;
  },
  now: number,
): readonly Place[] {
  const detailed = (wanted: keyof BugDetails): readonly BugDetails[] =>
    detailsOfBugs(
      counted,
      listed.map(({ id }) => id),
      { [wanted]: true },
      bugOf,
    );
  switch (order) {
    case 'count':
      return listed.map(({ id, sortedBy }) => [counted.counts[id] ?? 0, ...sortedBy]);
    case 'installations':
    case 'users': {
      const details = detailed(order);
      return listed.map(({ sortedBy }, at) => [details[at]?.[order] ?? 0, ...sortedBy]);
    }
    case 'days': {
      const { first, days } = bars ?? { first: dayOf(now) - BAR_DAYS + 1, days: BAR_DAYS };
      const details = detailed('days');
      return listed.map(({ id }, at) => {
        const shown = (details[at]?.days ?? []).filter(([day]) => day >= first && day < first + days);
        return [shown.reduce((sum, [, crashes]) => sum + crashes, 0), id];
      });
    }
    case 'versions': {
      const details = detailed('versions');
      const versionsOf = new Map(listed.map(({ id }, at) => [id, details[at]?.versions ?? []]));
      const places = versionPlaces(
        listed,
        (id) => versionsOf.get(id) ?? [],
        (productId) => productVersionOrder(connection, productId),
      );
      return listed.map(({ id }) => places.get(id) ?? [null, null, id]);
    }
    case 'platforms': {
      const details = detailed('platforms');
      return listed.map(({ id }, at) => [joined(details[at]?.platforms ?? []), id]);
    }
    default:
      return listed.map(({ sortedBy }) => sortedBy);
  }
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
