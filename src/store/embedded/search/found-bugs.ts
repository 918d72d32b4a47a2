// Bugs whose crashes a query selects, with the counts of just these crashes.
import type { BugRow, BugState } from '../../bugs.ts';
import type { BugSearch, FoundBugs } from '../../crash-search.ts';
import type { Facet } from '../../../search/engine/question.ts';
import type { QueryFault } from '../../../search/query/query-fault.ts';
import type { Query } from '../../../search/query/query-tree.ts';
import { dayOf } from '../../shared/days.ts';
import { bugRow } from '../bugs/bug-row.ts';
import { matchingBugs } from '../bugs/list-bugs.ts';
import type { Connection } from '../database/query.ts';
import { askFacts } from './ask-facts.ts';

const MAX_PAGE = 200;
/** More bugs than a store has. */
const ALL = 1_000_000;
const BAR_DAYS = 28;

export function foundBugs(
  connection: Connection,
  { products, query, filter, page }: BugSearch,
  now: number,
): { readonly found: FoundBugs } | { readonly fault: QueryFault } {
  const all = countByBug(connection, { products, query }, { top: ALL, details: false }, now);
  if ('fault' in all) return all;
  const crashes = new Map(all.facet.values.map((each) => [Number(each.value), each.crashes]));
  const matching = matchingBugs(connection, filter).filter(({ id }) => crashes.has(id));
  const states: Record<BugState, number> = { open: 0, closed: 0, ignored: 0 };
  for (const { shelf } of matching) states[shelf] += 1;
  const byCount = filter.order === undefined || filter.order === 'count';
  const sorted = matching
    .filter(({ shelf }) => filter.state === undefined || shelf === filter.state)
    .toSorted((a, b) => {
      const counted = byCount ? (crashes.get(b.id) ?? 0) - (crashes.get(a.id) ?? 0) : 0;
      return counted !== 0 ? counted : descending(a.sortedBy, b.sortedBy);
    });
  const limit = Math.min(Math.max(Math.floor(page.limit), 1), MAX_PAGE);
  const start = /^\d{1,7}$/.test(page.cursor ?? '') ? Number(page.cursor) : 0;
  const shown = sorted.slice(start, start + limit);
  const these: Query = {
    is: 'clause',
    key: 'bug',
    conditions: shown.map(({ id }) => ({ op: 'equals', text: String(id) })),
    at: 0,
  };
  const details =
    shown.length === 0
      ? null
      : countByBug(
          connection,
          { products, query: { is: 'and', of: [query, these] } },
          { top: limit, details: true },
          now,
        );
  const facet = details === null || 'fault' in details ? null : details.facet;
  return {
    found: {
      rows: shown.flatMap(({ id }) => {
        const row = bugRow(connection, id, now);
        return row === null ? [] : [counted(row, facet, now)];
      }),
      next: start + limit < sorted.length ? String(start + limit) : null,
      states,
      crashes: all.crashes,
      complete: all.complete,
    },
  };
}

function countByBug(
  connection: Connection,
  search: Pick<BugSearch, 'products' | 'query'>,
  { top, details }: { readonly top: number; readonly details: boolean },
  now: number,
):
  | { readonly facet: Facet; readonly crashes: number; readonly complete: boolean }
  | { readonly fault: QueryFault } {
  const found = askFacts(
    connection,
    {
      ...search,
      facets: [{ key: 'bug', top, distinct: details ? 'installation' : null, days: details }],
      histogram: null,
      distinct: [],
      numbers: [],
      list: null,
    },
    now,
  );
  if ('fault' in found) return found;
  const { facets, crashes, complete } = found.answer;
  return { facet: facets[0] ?? { values: [], different: 0, absent: 0 }, crashes, complete };
}

/** A bug's row with the counts of the selected crashes. */
function counted(row: BugRow, facet: Facet | null, now: number): BugRow {
  const value = facet?.values.find((each) => Number(each.value) === row.id);
  const first = dayOf(now) - BAR_DAYS + 1;
  const days = new Map(value?.days ?? []);
  return {
    ...row,
    count: value?.crashes ?? 0,
    installations: value?.distinct ?? 0,
    last28Days: Array.from({ length: BAR_DAYS }, (_, at) => days.get(first + at) ?? 0),
  };
}

function descending(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? 0;
    if (value !== other) return other - value;
  }
  return 0;
}
