// Crashes minute by minute, and when bugs first showed what a search asks for: what alert rules and conditions of notifications go by.
import type { FirstMatchSearch, TimelineSearch } from '../../crash-search.ts';
import { MINUTE_MS, countTimeline, firstMatches } from '../../../search/engine/count-timeline.ts';
import type { Timeline } from '../../../search/engine/count-timeline.ts';
import { bindQuery } from '../../../search/query/bind-query.ts';
import type { QueryFault } from '../../../search/query/query-fault.ts';
import type { Query } from '../../../search/query/query-tree.ts';
import type { Connection } from '../database/query.ts';
import { openFacts } from './ask-facts.ts';

/** 8 MB of pairs. */
const MAX_PAIRS = 1_000_000;

/** The minutes from `from` to `to`, the latter not among them. */
export function askTimeline(
  connection: Connection,
  { products, query, from, to, installations }: TimelineSearch,
  now: number,
): { readonly timeline: Timeline } | { readonly fault: QueryFault } {
  const { chunks, known, out } = openFacts(connection, products, { whole: true });
  const bound = bindQuery(
    { is: 'and', of: [query, arrivedIn(from * MINUTE_MS, to * MINUTE_MS - 1)] },
    known,
    now,
  );
  if ('fault' in bound) return bound;
  return { timeline: countTimeline(chunks, bound.query, { installations, max: MAX_PAIRS, out }) };
}

export function askFirstMatches(
  connection: Connection,
  { products, query, asked }: FirstMatchSearch,
  now: number,
): { readonly times: readonly (number | null)[] } | { readonly fault: QueryFault } {
  if (asked.length === 0) return { times: [] };
  const { chunks, known } = openFacts(connection, products, { whole: true });
  const ofBugs: Query = {
    is: 'clause',
    key: 'bug',
    conditions: [...new Set(asked.map(({ bugId }) => bugId))].map((id) => ({
      op: 'equals',
      text: String(id),
    })),
    at: 0,
  };
  const times = arrivedIn(
    Math.min(...asked.map(({ from }) => from)),
    Math.min(Math.max(...asked.map(({ to }) => to)), LATEST),
  );
  const bound = bindQuery({ is: 'and', of: [times, query, ofBugs] }, known, now);
  if ('fault' in bound) return bound;
  return { times: firstMatches(chunks, bound.query, asked) };
}

/** A year of four digits, which operands have. */
const LATEST = Date.UTC(9999, 0, 1);

/** A whole second, which as an end of a time stands for all of it. */
function second(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

/** Reports that arrived in a time, both ends inside, in whole seconds. */
function arrivedIn(from: number, to: number): Query {
  return {
    is: 'clause',
    key: 'received',
    conditions: [{ op: 'between', from: second(from), to: second(to) }],
    at: 0,
  };
}
