// When a server asks to be asked again, as it says in its headers.

/** Seconds, or an HTTP date (RFC 9110, 10.2.3); in milliseconds from `now`, at most `maxMs`. Null: it does not say, or it is over. */
export function retryAfterMs(value: string | undefined, now: number, maxMs: number): number | null {
  if (value === undefined) return null;
  const wait = /^\d{1,9}$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now;
  return waitOf(wait, maxMs);
}

/** Above this a number of seconds is a time since 1970, below it a time from now. */
const FIRST_EPOCH_SECONDS = 1e9;

/**
 * When a limit ends: seconds since 1970 (GitHub, GitLab), seconds from now (the draft of the IETF), or a date (Jira Cloud); in milliseconds
 * from `now`, at most `maxMs`. Null: it does not say, or it is over.
 */
export function limitEndsMs(value: string | undefined, now: number, maxMs: number): number | null {
  if (value === undefined) return null;
  const seconds = /^\d{1,12}(?:\.\d{1,6})?$/.test(value.trim()) ? Number(value) : null;
  if (seconds === null) return waitOf(Date.parse(value) - now, maxMs);
  return waitOf(seconds < FIRST_EPOCH_SECONDS ? seconds * 1000 : seconds * 1000 - now, maxMs);
}

function waitOf(wait: number, maxMs: number): number | null {
  return Number.isNaN(wait) || wait <= 0 ? null : Math.min(wait, maxMs);
}
