// Bugs by their crashes in a period, with their places in the equal period before.
import type { TopCrashers, TopSearch } from '../../crash-analysis.ts';
import { leastCounted } from '../../../search/engine/counted.ts';
import { countByBug, detailsOfBugs } from '../../../search/engine/count-by-bug.ts';
import type { BugCounts } from '../../../search/engine/count-by-bug.ts';
import { bindQuery } from '../../../search/query/bind-query.ts';
import type { QueryFault } from '../../../search/query/query-fault.ts';
import type { Query } from '../../../search/query/query-tree.ts';
import { dayOf } from '../../shared/days.ts';
import { bugRow } from '../bugs/bug-row.ts';
import { matchingStates } from '../bugs/list-bugs.ts';
import type { Connection } from '../database/query.ts';
import { openFacts } from '../search/ask-facts.ts';
import { bugsOfCases } from '../search/bugs-of-cases.ts';

const MAX_ROWS = 200;
const BAR_DAYS = 28;

export function topCrashers(
  connection: Connection,
  { products, query, filter, periodMs, by, limit }: TopSearch,
  now: number,
): { readonly top: TopCrashers } | { readonly fault: QueryFault } {
  const from = now - periodMs;
  const bugOf = bugsOfCases(connection);
  const countIn = (first: number, last: number): BugCounts | { readonly fault: QueryFault } => {
    const facts = openFacts(connection, products);
    const bound = bindQuery({ is: 'and', of: [query, receivedIn(first, last)] }, facts.known, now);
    return 'fault' in bound ? bound : countByBug(facts.chunks, bound.query, bugOf, facts.out);
  };
  const during = countIn(from, now);
  if ('fault' in during) return during;
  const earlier = countIn(from - periodMs, from - 1);
  if ('fault' in earlier) return earlier;
  // The filter of bugs (their state, who works on them) narrows both periods alike.
  const listed: number[] = [];
  for (const [id, state] of matchingStates(connection, filter))
    if (filter.state === undefined || state === filter.state) listed.push(id);
  const ranked = (counted: BugCounts): readonly number[] => {
    const ids = listed.filter((id) => (counted.counts[id] ?? 0) > 0);
    const crashes = (id: number): number => counted.counts[id] ?? 0;
    if (by === 'crashes') return ids.toSorted((a, b) => crashes(b) - crashes(a) || a - b);
    // Installations of all of them decide who comes first; else only those that are shown are counted.
    const details = detailsOfBugs(counted, ids, { installations: true }, bugOf);
    const installations = new Map(ids.map((id, at) => [id, details[at]?.installations ?? 0]));
    const weigh = (id: number): number => installations.get(id) ?? 0;
    return ids.toSorted((a, b) => weigh(b) - weigh(a) || crashes(b) - crashes(a) || a - b);
  };
  const [places, placesBefore] = [ranked(during), ranked(earlier)];
  const rankBefore = new Map(placesBefore.map((id, at) => [id, at + 1]));
  const shown = places.slice(0, Math.min(Math.max(Math.floor(limit), 1), MAX_ROWS));
  const details = detailsOfBugs(during, shown, { installations: true, days: true }, bugOf);
  const detailsBefore = detailsOfBugs(earlier, shown, { installations: true }, bugOf);
  const firstDay = dayOf(now) - BAR_DAYS + 1;
  const sum = ({ counts }: BugCounts, ids: readonly number[]): number =>
    ids.reduce((total, id) => total + (counts[id] ?? 0), 0);
  return {
    top: {
      rows: shown.flatMap((id, at) => {
        const row = bugRow(connection, id, now);
        if (row === null) return [];
        const bars = new Map(details[at]?.days);
        return [
          {
            rank: at + 1,
            rankBefore: rankBefore.get(id) ?? null,
            bug: {
              ...row,
              count: during.counts[id] ?? 0,
              installations: details[at]?.installations ?? 0,
              last28Days: Array.from({ length: BAR_DAYS }, (_, day) => bars.get(firstDay + day) ?? 0),
            },
            crashesBefore: earlier.counts[id] ?? 0,
            installationsBefore: detailsBefore[at]?.installations ?? 0,
          },
        ];
      }),
      crashes: sum(during, places),
      crashesBefore: sum(earlier, placesBefore),
      bugs: places.length,
      from,
      to: now,
      ...leastCounted([during, earlier]),
    },
  };
}

function receivedIn(first: number, last: number): Query {
  const iso = (at: number): string => new Date(Math.max(at, 0)).toISOString();
  // Both ends of a span are seconds as the query language has them: the last one is the whole second.
  return {
    is: 'clause',
    key: 'received',
    conditions: [{ op: 'between', from: iso(first), to: iso(last) }],
    at: 0,
  };
}
