// Whether a bug is on the rise: today far more installations than on such a weekday (a spike), or more in the last week than in the three
// before (rising). Both count installations, and are silent about small numbers.
import { binomialAtLeast, countAtLeast } from './distributions.ts';
import { significant } from './false-discovery.ts';

/** Installations of a day are compared with the same weekday of so many weeks before. */
const WEEKS = 4;
export const TREND_DAYS = WEEKS * 7 + 1;
const SPIKE_P = 1e-4;
const SPIKE_LEAST = 10;
/** Of the bugs that are said to rise at most so many do not. */
const RISE_RATE = 0.05;
const RISE_RATIO = 1.5;
const RISE_LEAST = 5;

/** `days`: installations a day, oldest first, `TREND_DAYS` of them, the last one being judged. */
export interface Spike {
  /** What such a weekday has usually. */
  readonly expected: number;
  readonly seen: number;
  readonly p: number;
}

/** Null: the day is as other days are, or too few installations say otherwise. */
export function spikeOf(days: readonly number[]): Spike | null {
  const seen = days.at(-1) ?? 0;
  if (days.length < TREND_DAYS || seen < SPIKE_LEAST) return null;
  const before = days.slice(0, -1);
  const sameWeekday = Array.from({ length: WEEKS }, (_, week) => days.at(-1 - 7 * (week + 1)) ?? 0);
  const expected = median(sameWeekday);
  // The bug's own spread: of days around the usual for their weekday. Never less than chance alone gives.
  const spread = spreadOf(before);
  // The median of four days is a rough guess: where all days together say more, they do. That misses small spikes of quiet weekdays.
  const mean = Math.max(expected, meanOf(before), 0.5);
  const p = countAtLeast(seen, mean, Math.max(mean, mean * spread));
  return p < SPIKE_P && seen > mean ? { expected, seen, p } : null;
}

/** Variance over mean of the days, each against the mean of its weekday; 1 is what chance gives. */
function spreadOf(days: readonly number[]): number {
  const mean = meanOf(days);
  if (mean === 0) return 1;
  let squares = 0;
  for (const [at, value] of days.entries()) {
    const usual = meanOf(days.filter((_, other) => other % 7 === at % 7));
    squares += (value - usual) ** 2;
  }
  // Each of the seven weekdays has given its mean.
  const variance = squares / Math.max(days.length - 7, 1);
  return Math.max(variance / mean, 1);
}

/** Installations by week, each once a week: of the last seven days, and of the three weeks before together. */
export interface Weeks {
  readonly recent: number;
  readonly before: number;
}

export interface Rise {
  /** How many times as many a week; null: there were none before. */
  readonly ratio: number | null;
  readonly p: number;
}

/**
 * For each bug whether it rises; null: the week is as the weeks before, or too few installations say otherwise. An installation counts
 * once in each week: counted once in three weeks together, a bug that the same people have every week would seem to rise.
 */
export function risesOf(bugs: readonly Weeks[]): readonly (Rise | null)[] {
  const tested = bugs.filter(({ recent }) => recent >= RISE_LEAST);
  const ps = tested.map(({ recent, before }) => binomialAtLeast(recent, recent + before, 1 / 4));
  const counts = significant(ps, RISE_RATE);
  const rises = new Map<Weeks, Rise | null>();
  for (const [at, bug] of tested.entries()) {
    const ratio = bug.before === 0 ? null : (bug.recent / bug.before) * 3;
    const isRise = counts[at] === true && (ratio === null || ratio >= RISE_RATIO);
    rises.set(bug, isRise ? { ratio, p: ps[at] ?? 1 } : null);
  }
  return bugs.map((bug) => rises.get(bug) ?? null);
}

function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
