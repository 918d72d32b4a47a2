// On which day an occurrence counts. Clients may keep a report for days and say when it happened; a clock that is wrong must not make
// bugs that never end, nor series without bounds.

const DAY_MS = 24 * 60 * 60 * 1000;
/** An occurrence that is said to be older than this, in days before its arrival, counts when it arrived. */
export const MAX_DAYS_LATE = 400;
/** Where the client lives, tomorrow may have begun. */
export const MAX_DAYS_EARLY = 1;

/** The day that counts, of the day that the client sent (null: none); both are days since 1970 (UTC). */
export function countedDay(sent: number | null, receivedAt: number): number {
  const arrival = Math.floor(receivedAt / DAY_MS);
  return sent === null || sent < arrival - MAX_DAYS_LATE || sent > arrival + MAX_DAYS_EARLY ? arrival : sent;
}

/** When an occurrence was seen: when it arrived, or, where it counts on an earlier day, when that day began. */
export function seenAt(day: number, receivedAt: number): number {
  return day < Math.floor(receivedAt / DAY_MS) ? day * DAY_MS : receivedAt;
}
