// How long a sender waits before it tries again: doubling, with jitter, or as long as the server says.

const FIRST_MS = 1000;
const LONGEST_MS = 60_000;

/** The pause before attempt `attempt` (2 is the first repetition); `random` is in [0, 1). */
export function pauseMs(attempt: number, retryAfter: string | null, nowMs: number, random: number): number {
  const asked = retryAfter === null ? null : retryAfterMs(retryAfter, nowMs);
  if (asked !== null) return Math.min(asked, LONGEST_MS);
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 2));
  return whole / 2 + (whole / 2) * random;
}

/** `Retry-After` is a number of seconds or a date (RFC 9110, 10.2.3); null where it is neither. */
function retryAfterMs(value: string, nowMs: number): number | null {
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}
