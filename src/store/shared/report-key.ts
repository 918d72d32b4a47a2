// Numbers of reports: the second of arrival × 2^20 + a number within the second. So the primary key is the order of every
// list, pages go by key, and a range of time is a range of keys.

const IN_SECOND = 2 ** 20;
/** The last second that keeps keys exact as numbers (the year 2242). */
const LAST_SECOND = 2 ** 33 - 1;

/** The lowest key of the second that a moment lies in. */
export function firstKeyOf(atMs: number): number {
  return Math.min(Math.max(Math.floor(atMs / 1000), 0), LAST_SECOND) * IN_SECOND;
}

/** The lowest key of the second after a moment's. */
export function firstKeyAfter(atMs: number): number {
  return firstKeyOf(atMs) + IN_SECOND;
}
