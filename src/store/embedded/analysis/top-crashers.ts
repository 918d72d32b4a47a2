// Bugs by their crashes in a period, with their places in the equal period before.
import type { TopCrashers, TopSearch } from '../../crash-analysis.ts';
import { leastCounted } from '../../../search/engine/counted.ts';
import type { FacetValue } from '../../../search/engine/question.ts';
import type { QueryFault } from '../../../search/query/query-fault.ts';
import type { Query } from '../../../search/query/query-tree.ts';
import { dayOf } from '../../shared/days.ts';
import { bugRow } from '../bugs/bug-row.ts';
import { matchingBugs } from '../bugs/list-bugs.ts';
import type { Connection } from '../database/query.ts';
import { askFacts } from '../search/ask-facts.ts';

const MAX_ROWS = 200;
/** More bugs than a store has. */
const ALL = 1_000_000;
const BAR_DAYS = 28;

export function topCrashers(
  connection: Connection,
  { products, query, filter, periodMs, by, limit }: TopSearch,
  now: number,
): { readonly top: TopCrashers } | { readonly fault: QueryFault } {
  const from = now - periodMs;
  const countIn = (first: number, last: number, days: boolean) =>
    askFacts(
      connection,
      {
        products,
        query: { is: 'and', of: [query, receivedIn(first, last)] },
        facets: [{ key: 'bug', top: ALL, distinct: 'installation', days }],
        histogram: null,
        distinct: [],
        numbers: [],
        list: null,
      },
      now,
    );
  const during = countIn(from, now, true);
  if ('fault' in during) return during;
  const earlier = countIn(from - periodMs, from - 1, false);
  if ('fault' in earlier) return earlier;
  // The filter of bugs (their state, who works on them) narrows both periods alike.
  const listed = new Set(
    matchingBugs(connection, filter, now)
      .filter(({ shelf }) => filter.state === undefined || shelf === filter.state)
      .map(({ id }) => id),
  );
  const weigh = ({ crashes, distinct }: FacetValue): number => (by === 'crashes' ? crashes : distinct);
  const ranked = (values: readonly FacetValue[]): readonly FacetValue[] =>
    values
      .filter(({ value }) => listed.has(Number(value)))
      .toSorted((a, b) => weigh(b) - weigh(a) || b.crashes - a.crashes || Number(a.value) - Number(b.value));
  const values = ranked(during.answer.facets[0]?.values ?? []);
  const before = ranked(earlier.answer.facets[0]?.values ?? []);
  const rankBefore = new Map(before.map((each, at) => [Number(each.value), { rank: at + 1, each }]));
  const shown = values.slice(0, Math.min(Math.max(Math.floor(limit), 1), MAX_ROWS));
  return {
    top: {
      rows: shown.flatMap((value, at) => {
        const row = bugRow(connection, Number(value.value), now);
        if (row === null) return [];
        const old = rankBefore.get(row.id);
        const bars = new Map(value.days);
        const firstDay = dayOf(now) - BAR_DAYS + 1;
        return [
          {
            rank: at + 1,
            rankBefore: old?.rank ?? null,
            bug: {
              ...row,
              count: value.crashes,
              installations: value.distinct,
              last28Days: Array.from({ length: BAR_DAYS }, (_, day) => bars.get(firstDay + day) ?? 0),
            },
            crashesBefore: old?.each.crashes ?? 0,
            installationsBefore: old?.each.distinct ?? 0,
          },
        ];
      }),
      crashes: values.reduce((sum, { crashes }) => sum + crashes, 0),
      crashesBefore: before.reduce((sum, { crashes }) => sum + crashes, 0),
      bugs: values.length,
      from,
      to: now,
      ...leastCounted([during.answer, earlier.answer]),
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
