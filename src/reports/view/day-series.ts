// Sums of series points for charts: by day, by version, with the rest together.
import type { SeriesPoint } from '../../store/bugs.ts';

/** What a report without a version is called. */
export const NO_VERSION = 'no version';

/** Counts by day in the order of `days`; points of other days are left out. */
export function byDay(points: readonly SeriesPoint[], days: readonly string[]): readonly number[] {
  const places = new Map(days.map((day, at) => [day, at]));
  const sums = days.map(() => 0);
  for (const { day, count } of points) {
    const at = places.get(day);
    if (at !== undefined) sums[at] = (sums[at] ?? 0) + count;
  }
  return sums;
}

/** The most frequent versions with their counts by day, and the others as one row where there are more than `limit`. */
export function byVersion(
  points: readonly SeriesPoint[],
  days: readonly string[],
  limit: number,
): readonly { readonly name: string; readonly values: readonly number[] }[] {
  const groups = Map.groupBy(points, ({ version }) => version);
  const total = (list: readonly SeriesPoint[]) => list.reduce((sum, { count }) => sum + count, 0);
  const ranked = [...groups].sort(([, one], [, other]) => total(other) - total(one));
  const named = ranked.length > limit ? ranked.slice(0, limit - 1) : ranked;
  const others = ranked.slice(named.length).flatMap(([, list]) => list);
  return [
    ...named.map(([version, list]) => ({ name: version ?? NO_VERSION, values: byDay(list, days) })),
    ...(others.length > 0 ? [{ name: 'others', values: byDay(others, days) }] : []),
  ];
}
