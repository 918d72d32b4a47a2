// What the doctor examines: one check per concern, each giving findings for a person.

/** `ok`: as it should be; `warn`: works, but look at it; `fail`: Mayday cannot do its work like this. */
export type Verdict = 'ok' | 'warn' | 'fail';

/** One line of the doctor's report. `advice` says what to do about it. */
export interface Finding {
  readonly check: string;
  readonly verdict: Verdict;
  readonly found: string;
  readonly advice: string | null;
}

export const ok = (check: string, found: string): Finding => ({ check, verdict: 'ok', found, advice: null });
export const warn = (check: string, found: string, advice: string): Finding => ({
  check,
  verdict: 'warn',
  found,
  advice,
});
export const fail = (check: string, found: string, advice: string): Finding => ({
  check,
  verdict: 'fail',
  found,
  advice,
});

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause : error;
  return cause.message === '' ? String((cause as NodeJS.ErrnoException).code) : cause.message;
}
