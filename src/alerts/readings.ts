// What a condition says at each moment: pure functions of counts over time.
import { INSTALLATIONS } from '../search/engine/count-timeline.ts';
import type { Timeline } from '../search/engine/count-timeline.ts';
import type { AlertCondition, AlertFinding, BugHappening } from '../store/alerts.ts';
import type { SessionDay } from '../store/release-health.ts';
import { DAY_MINUTES, MINUTE_MS } from './moments.ts';

/** What was found at a moment, and whether the condition holds. */
export interface Reading extends Omit<AlertFinding, 'what'> {
  readonly holds: boolean;
}

type Counted = Extract<AlertCondition, { readonly minutes: number }>;
type CrashFree = Extract<AlertCondition, { readonly kind: 'crash_free' }>;
type Bugs = Extract<AlertCondition, { readonly kind: 'bugs' }>;

const PLAIN = { before: null, release: null, complete: true, bugs: [] } as const;
/** Bugs that a finding names. */
const MAX_BUGS = 20;
/** So long after it appeared a bug is still new to a search that it did not match at first. */
export const FRESH_MS = DAY_MINUTES * MINUTE_MS;
/** A report waits a little between its arrival and its filing, which is when a bug comes back. */
export const FILING_MS = 60 * MINUTE_MS;

/** Readings of counts; `moments` are minutes since 1970, ascending. */
export function countReadings(
  condition: Counted,
  timeline: Timeline,
  moments: readonly number[],
): readonly Reading[] {
  const { minutes, atLeast } = condition;
  const of = condition.kind === 'rise' ? condition.of : condition.kind;
  const counts = windowCounts(timeline, of, moments, minutes);
  const before =
    condition.kind === 'rise'
      ? windowCounts(
          timeline,
          of,
          moments.map((moment) => moment - minutes),
          minutes,
        )
      : null;
  return moments.map((moment, index) => {
    const count = counts[index] ?? 0;
    const earlier = before === null ? null : (before[index] ?? 0);
    const limit =
      condition.kind === 'rise' && earlier !== null
        ? Math.max(atLeast, Math.ceil((earlier * (100 + condition.percent)) / 100))
        : atLeast;
    // Where not everything was counted there are at least so many; of a rise that says nothing.
    const holds = count >= limit && (earlier === null || timeline.complete);
    return {
      ...PLAIN,
      at: moment * MINUTE_MS,
      holds,
      value: count,
      limit,
      count,
      before: earlier,
      complete: timeline.complete,
    };
  });
}

/** For each moment what arrived in the minutes before it. */
function windowCounts(
  timeline: Timeline,
  of: 'crashes' | 'installations',
  moments: readonly number[],
  minutes: number,
): readonly number[] {
  return of === 'crashes'
    ? crashesIn(timeline, moments, minutes)
    : installationsIn(timeline.installations ?? new Float64Array(0), moments, minutes);
}

function crashesIn(timeline: Timeline, moments: readonly number[], minutes: number): readonly number[] {
  let [first, next, sum] = [0, 0, 0];
  return moments.map((moment) => {
    for (; (timeline.minutes[next] ?? Infinity) < moment; next += 1) sum += timeline.crashes[next] ?? 0;
    for (; first < next && (timeline.minutes[first] ?? Infinity) < moment - minutes; first += 1)
      sum -= timeline.crashes[first] ?? 0;
    return sum;
  });
}

function installationsIn(
  pairs: Float64Array,
  moments: readonly number[],
  minutes: number,
): readonly number[] {
  const times = new Map<number, number>();
  const minuteAt = (index: number): number => Math.floor((pairs[index] ?? Infinity) / INSTALLATIONS);
  const change = (index: number, by: 1 | -1): void => {
    const installation = (pairs[index] ?? 0) % INSTALLATIONS;
    const left = (times.get(installation) ?? 0) + by;
    if (left === 0) times.delete(installation);
    else times.set(installation, left);
  };
  let [first, next] = [0, 0];
  return moments.map((moment) => {
    for (; next < pairs.length && minuteAt(next) < moment; next += 1) change(next, 1);
    for (; first < next && minuteAt(first) < moment - minutes; first += 1) change(first, -1);
    return times.size;
  });
}

/** Sessions of one product by day; releases of two products are two, also where their names are the same. */
export interface ProductSessions {
  readonly product: string;
  readonly days: readonly SessionDay[];
}

/** The reading of a release's share without a crash; of several the lowest. A user counts once for each day. */
export function crashFreeReading(
  condition: CrashFree,
  products: readonly ProductSessions[],
  moment: number,
): Reading {
  const last = Math.floor((moment - 1) / DAY_MINUTES);
  let lowest: { readonly share: number; readonly total: number; readonly release: string } | null = null;
  for (const { days } of products) {
    const totals = new Map<string, { total: number; crashed: number }>();
    for (const row of days) {
      const day = Math.floor(Date.parse(`${row.day}T00:00:00Z`) / (DAY_MINUTES * MINUTE_MS));
      if (day > last || day <= last - condition.days) continue;
      if (condition.release !== null && row.release !== condition.release) continue;
      const sum = totals.get(row.release) ?? { total: 0, crashed: 0 };
      sum.total += condition.of === 'users' ? row.users : row.sessions;
      sum.crashed += condition.of === 'users' ? row.crashedUsers : row.crashed;
      totals.set(row.release, sum);
    }
    for (const [release, { total, crashed }] of totals) {
      if (total < condition.atLeast || total === 0) continue;
      const share = (100 * (total - crashed)) / total;
      if (lowest === null || share < lowest.share) lowest = { share, total, release };
    }
  }
  return {
    ...PLAIN,
    at: moment * MINUTE_MS,
    holds: lowest !== null && lowest.share < condition.below,
    value: lowest?.share ?? 100,
    limit: condition.below,
    count: lowest?.total ?? 0,
    release: lowest?.release ?? condition.release,
  };
}

/** A bug as it matters to a rule, and when it did first. */
export interface RipeBug {
  readonly id: number;
  readonly event: 'new' | 'regressed';
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Between which times a crash of the bug must have arrived that matches: what processing old reports again makes is no news. */
export function ripensBetween({ event, at }: BugHappening): { readonly from: number; readonly to: number } {
  return { from: at - (event === 'new' ? FRESH_MS : FILING_MS), to: at + FRESH_MS };
}

/** A bug is told once a crash of it matches, and not before it was there. `matched`: when the first crash did; null: none did. */
export function ripeBug({ bugId, event, at }: BugHappening, matched: number | null): RipeBug | null {
  return matched === null ? null : { id: bugId, event, at: Math.max(at, matched) };
}

/** Readings of bugs: each moment has those since the moment before, the first one those since `from` (milliseconds). */
export function bugReadings(
  condition: Bugs,
  ripe: readonly RipeBug[],
  { from, moments }: { readonly from: number; readonly moments: readonly number[] },
): readonly Reading[] {
  const wanted = ripe
    .filter(({ event, at }) => at >= from && (event === 'new' ? condition.fresh : condition.regressed))
    .toSorted((a, b) => a.at - b.at || a.id - b.id);
  let next = 0;
  return moments.map((moment) => {
    const start = next;
    while ((wanted[next]?.at ?? Infinity) < moment * MINUTE_MS) next += 1;
    const bugs = wanted.slice(start, next);
    return {
      ...PLAIN,
      at: moment * MINUTE_MS,
      holds: bugs.length > 0,
      value: bugs.length,
      limit: 1,
      count: bugs.length,
      bugs: bugs.slice(0, MAX_BUGS).map(({ id, event }) => ({ id, event })),
    };
  });
}
