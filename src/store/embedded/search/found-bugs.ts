// Bugs whose crashes a query selects, with the counts of just these crashes.
import type { BugRow, BugState } from '../../bugs.ts';
import type { BugSearch, FoundBugs } from '../../crash-search.ts';
import type { Facet } from '../../../search/engine/question.ts';
import type { QueryFault } from '../../../search/query/query-fault.ts';
import type { Query } from '../../../search/query/query-tree.ts';
import { dayOf } from '../../shared/days.ts';
import { bugRow } from '../bugs/bug-row.ts';
import { productOrders } from '../bugs/bug-spans.ts';
import { comparePlaces, isDescending, matchingBugs } from '../bugs/list-bugs.ts';
import type { Connection } from '../database/query.ts';

import { askFacts } from './ask-facts.ts';

const MAX_PAGE = 200;
/** More bugs than a store has. */
const ALL = 1_000_000;
const BAR_DAYS = 28;
/** Of a bug: as many as a product has. */
const MAX_VERSIONS = 1000;
const MAX_PLATFORMS = 50;

/** Bugs of the filter with a crash that the query selects, in order, and what the query counted. */
function sortedBugs(
  connection: Connection,
  { products, query: asked, filter }: Omit<BugSearch, 'page'>,
  now: number,
):
  | {
      readonly ids: readonly number[];
      readonly states: Readonly<Record<BugState, number>>;
      readonly crashes: number;
      readonly complete: boolean;
    }
  | { readonly fault: QueryFault } {
  const { order } = filter;
  const all = countByBug(
    connection,
    { products, query: asked },
    { top: ALL, distinct: order === 'installations', details: false },
    now,
  );
  if ('fault' in all) return all;
  const counts = new Map(
    all.facet.values.map((each) => [
      Number(each.value),
      order === 'installations' ? each.distinct : each.crashes,
    ]),
  );
  const matching = matchingBugs(connection, filter).filter(({ id }) => counts.has(id));
  const states: Record<BugState, number> = { open: 0, closed: 0, ignored: 0 };
  for (const { shelf } of matching) states[shelf] += 1;
  const byCount = order === undefined || order === 'count' || order === 'installations';
  const sign = isDescending(filter) ? -1 : 1;
  const ids = matching
    .filter(({ shelf }) => filter.state === undefined || shelf === filter.state)
    .toSorted((a, b) => {
      const counted = byCount ? (counts.get(a.id) ?? 0) - (counts.get(b.id) ?? 0) : 0;
      return sign * (counted !== 0 ? counted : comparePlaces(a.sortedBy, b.sortedBy));
    })
    .map(({ id }) => id);
  return { ids, states, crashes: all.crashes, complete: all.complete };
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
  const all = sortedBugs(connection, { products, query: asked, filter }, now);
  if ('fault' in all) return all;
  const limit = Math.min(Math.max(Math.floor(page.limit), 1), MAX_PAGE);
  const start = /^\d{1,7}$/.test(page.cursor ?? '') ? Number(page.cursor) : 0;
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
          { top: limit, distinct: true, details: true },
          now,
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

function countByBug(
  connection: Connection,
  search: Pick<BugSearch, 'products' | 'query'>,
  { top, distinct, details }: { readonly top: number; readonly distinct: boolean; readonly details: boolean },
  now: number,
):
  | {
      readonly facet: Facet;
      readonly platforms: Facet | null;
      readonly crashes: number;
      readonly complete: boolean;
    }
  | { readonly fault: QueryFault } {
  const facet = { key: 'bug', top, distinct: distinct ? 'installation' : null, days: details };
  const found = askFacts(
    connection,
    {
      ...search,
      facets: details
        ? [
            { ...facet, within: { key: 'version', top: MAX_VERSIONS } },
            { ...facet, distinct: null, days: false, within: { key: 'platform', top: MAX_PLATFORMS } },
          ]
        : [facet],
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
