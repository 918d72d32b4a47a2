// When a bug counts as spiking: today against its own history. docs/notifications.md says the same in words.
import type { Spike } from '../../store/notice-payload.ts';

/** Days before today that are the history, and how many of them a bug needs: a younger one was told as new. */
export const HISTORY_DAYS = 28;
export const MIN_HISTORY_DAYS = 7;
/** Fewer occurrences in a day are never a spike. */
export const MIN_SPIKE = 10;
/** How many times the usual day, and how many standard deviations above it. */
const TIMES_USUAL = 3;
const DEVIATIONS = 4;
const DAY_MS = 86_400_000;

/** The day (UTC) of a time, `yyyy-mm-dd`. */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/**
 * Whether today stands out. The history are the 28 days before today, or as many as there are since the bug was first seen; days
 * without an occurrence count as 0. A spike has more than each of: 10; 3 times the mean; the mean plus 4 standard deviations, where a
 * deviation is at least the root of the mean (what chance alone does to counts).
 */
export function spikeOf(
  series: readonly { readonly day: string; readonly count: number }[],
  { now, firstSeenAt }: { readonly now: number; readonly firstSeenAt: number },
): Spike | null {
  const byDay = new Map<string, number>();
  for (const { day, count } of series) byDay.set(day, (byDay.get(day) ?? 0) + count);
  const today = byDay.get(dayOf(now)) ?? 0;
  if (today <= MIN_SPIKE) return null;

  const age = Math.floor(now / DAY_MS) - Math.floor(firstSeenAt / DAY_MS);
  const days = Math.min(age, HISTORY_DAYS);
  if (days < MIN_HISTORY_DAYS) return null;
  const history = Array.from({ length: days }, (_, n) => byDay.get(dayOf(now - (n + 1) * DAY_MS)) ?? 0);
  const mean = history.reduce((sum, count) => sum + count, 0) / days;
  const variance = history.reduce((sum, count) => sum + (count - mean) ** 2, 0) / days;
  const deviation = Math.max(Math.sqrt(variance), Math.sqrt(mean));
  const threshold = Math.max(MIN_SPIKE, TIMES_USUAL * mean, mean + DEVIATIONS * deviation);
  return today > threshold ? { today, usual: mean, threshold } : null;
}
