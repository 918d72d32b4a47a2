// Reads what a rule's condition needs, for an evaluation and for a preview alike, from wherever crashes are kept.
import type { Timeline } from '../search/engine/count-timeline.ts';
import { parseQuery } from '../search/query/parse-query.ts';
import type { Query } from '../search/query/query-tree.ts';
import { MAX_HAPPENINGS } from '../store/alerts.ts';
import type { AlertRuleFields, BugHappening } from '../store/alerts.ts';
import type { FirstMatchSearch, TimelineSearch } from '../store/crash-search.ts';
import { MINUTE_MS, DAY_MINUTES, momentsBetween } from './moments.ts';
import {
  FRESH_MS,
  bugReadings,
  countReadings,
  crashFreeReading,
  ripeBug,
  ripensBetween,
} from './readings.ts';
import type { ProductSessions, Reading } from './readings.ts';

type Fault = { readonly fault: { readonly problem: string } };

/** Crashes of the rule's products, as the rule's owner may see them. */
export interface AlertSource {
  readonly timeline: (
    search: Omit<TimelineSearch, 'products'>,
  ) => Promise<{ readonly timeline: Timeline } | Fault>;
  readonly firstMatches: (
    search: Omit<FirstMatchSearch, 'products'>,
  ) => Promise<{ readonly times: readonly (number | null)[] } | Fault>;
  readonly happenings: (between: {
    readonly from: number;
    readonly to: number;
  }) => Promise<readonly BugHappening[]>;
  /** Days since a day (`yyyy-mm-dd`). */
  readonly sessions: (since: string) => Promise<readonly ProductSessions[]>;
  /** The bug that a bug was merged into, or itself; null: it is gone. */
  readonly resolveBug: (id: number) => Promise<number | null>;
}

export interface Read {
  readonly readings: readonly Reading[];
  readonly complete: boolean;
}

type Looked = Pick<AlertRuleFields, 'condition' | 'search' | 'bugId'>;

/** Readings of all moments behind `from` up to `to` (milliseconds since 1970). A problem: the search cannot be asked. */
export async function readCondition(
  rule: Looked,
  source: AlertSource,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<Read | { readonly problem: string }> {
  const { condition } = rule;
  const moments = momentsBetween(condition, from, to);
  if (condition.kind === 'crash_free') return readSessions(condition, source, { moments, to });
  if (moments.length === 0) return { readings: [], complete: true };
  const asked = await queryOf(rule, source);
  if ('problem' in asked) return asked;
  if (condition.kind === 'bugs') return readBugs(rule, source, { ...asked, from, to, moments });
  const [first = 0, last = 0] = [moments[0], moments.at(-1)];
  const found = await source.timeline({
    query: asked.query,
    from: first - condition.minutes * (condition.kind === 'rise' ? 2 : 1),
    to: last,
    installations: (condition.kind === 'rise' ? condition.of : condition.kind) === 'installations',
  });
  if ('fault' in found) return found.fault;
  const readings = countReadings(condition, found.timeline, moments);
  return { readings, complete: found.timeline.complete };
}

/** The search of a rule, with its bug. */
async function queryOf(
  { search, bugId }: Looked,
  source: AlertSource,
): Promise<{ readonly query: Query } | { readonly problem: string }> {
  const parsed = parseQuery(search);
  if ('fault' in parsed) return parsed.fault;
  if (bugId === null) return parsed;
  const bug = await source.resolveBug(bugId);
  if (bug === null) return { problem: `Bug ${bugId} is gone.` };
  const clause: Query = {
    is: 'clause',
    key: 'bug',
    conditions: [{ op: 'equals', text: String(bug) }],
    at: 0,
  };
  return { query: { is: 'and', of: [parsed.query, clause] } };
}

async function readBugs(
  { condition }: Looked,
  source: AlertSource,
  {
    query,
    from,
    to,
    moments,
  }: {
    readonly query: Query;
    readonly from: number;
    readonly to: number;
    readonly moments: readonly number[];
  },
): Promise<Read | { readonly problem: string }> {
  if (condition.kind !== 'bugs') return { readings: [], complete: true };
  const all = await source.happenings({ from: from - FRESH_MS, to });
  const asked = all.map((happening) => ({ bugId: happening.bugId, ...ripensBetween(happening) }));
  const found = await source.firstMatches({ query, asked });
  if ('fault' in found) return found.fault;
  const ripe = all.flatMap((happening, at) => ripeBug(happening, found.times[at] ?? null) ?? []);
  return {
    readings: bugReadings(condition, ripe, { from, moments }),
    complete: all.length < MAX_HAPPENINGS,
  };
}

/** Sessions are kept by day: what earlier moments of a day would have seen is not known, so there is one reading at the end of each, and one now. */
async function readSessions(
  condition: Extract<Looked['condition'], { kind: 'crash_free' }>,
  source: AlertSource,
  { moments, to }: { readonly moments: readonly number[]; readonly to: number },
): Promise<Read> {
  const now = Math.floor(to / MINUTE_MS);
  const all = moments.at(-1) === now ? moments : [...moments, now];
  const first = Math.floor(((all[0] ?? now) - 1) / DAY_MINUTES) - condition.days + 1;
  const since = new Date(first * DAY_MINUTES * MINUTE_MS).toISOString().slice(0, 10);
  const sessions = await source.sessions(since);
  return { readings: all.map((moment) => crashFreeReading(condition, sessions, moment)), complete: true };
}
