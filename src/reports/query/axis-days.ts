// The days of a chart: those that its filter is about, so that a choice of 28 days shows 28 and a span of days in spring shows that span.
import type { SeriesPoint } from '../../store/bugs.ts';
import { daysOfPeriod } from './crash-filter.ts';
import type { GivenCrashFilter } from './crash-filter.ts';

const DAY_MS = 86_400_000;
/** The longest period that can be chosen. */
const MAX_DAYS = 400;

/**
 * Days (`yyyy-mm-dd`, UTC), oldest first: from `happened_from` to `happened_to`, else the period up to today, else the `usual` number of days.
 * A filter that names no time goes back to the oldest day that it counted (`first`), so that bars add up to its number.
 */
export function axisDays(
  { happened_from: from, happened_to: to, period }: GivenCrashFilter,
  { now, usual, first }: { readonly now: number; readonly usual: number; readonly first: string | undefined },
): readonly string[] {
  const today = Math.floor(now / DAY_MS);
  const last = to === undefined ? today : Math.min(dayOf(to), today);
  const ofPeriod = daysOfPeriod(period);
  let start = last - usual + 1;
  if (from !== undefined) start = dayOf(from);
  else if (ofPeriod !== undefined) start = today - ofPeriod + 1;
  else if (first !== undefined) start = Math.min(start, dayOf(first));
  start = Math.max(Math.min(start, last), last - MAX_DAYS + 1);
  return Array.from({ length: last - start + 1 }, (_, at) => dayText(start + at));
}

/**
 * The points with days of the axis: what arrived in the period may have happened before it, and by a client's clock tomorrow. It counts with the
 * first day and with the last.
 */
export function onAxis(points: readonly SeriesPoint[], days: readonly string[]): readonly SeriesPoint[] {
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) return points;
  return points.map((point) => {
    if (point.day < first) return { ...point, day: first };
    return point.day > last ? { ...point, day: last } : point;
  });
}

function dayOf(text: string): number {
  return Math.floor(Date.parse(`${text}T00:00:00Z`) / DAY_MS);
}

function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
