// Days as numbers since 1970 (UTC), and as texts.

const DAY_MS = 24 * 60 * 60 * 1000;

/** The day that a moment lies in. */
export function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS);
}

/** The first moment of a day. */
export function startOfDay(day: number): number {
  return day * DAY_MS;
}

/** `yyyy-mm-dd`. */
export function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** The Monday of a week, as bugs.last_week numbers them. */
export function mondayText(week: number): string {
  return dayText(week * 7 - 3);
}
