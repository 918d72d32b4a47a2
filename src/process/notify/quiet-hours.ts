// Quiet hours: whole hours of the day (UTC) in which a person gets no mail. 22 to 6 goes over midnight.
import type { Subscription } from '../../store/notifications.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The first moment from `at` on that is not quiet: `at` itself, or the end of the quiet hours. */
export function afterQuiet(quiet: Subscription['quietHours'], at: number): number {
  if (quiet === null || quiet.from === quiet.to) return at;
  const { from, to } = quiet;
  const hour = new Date(at).getUTCHours();
  const isQuiet = from < to ? hour >= from && hour < to : hour >= from || hour < to;
  if (!isQuiet) return at;
  const end = Math.floor(at / DAY_MS) * DAY_MS + to * HOUR_MS;
  return end > at ? end : end + DAY_MS;
}
