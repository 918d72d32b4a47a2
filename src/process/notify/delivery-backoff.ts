// When a message that could not be delivered is tried again: 10 s, 20 s, 40 s, … up to a bound, with a fifth of chance so that
// messages of one outage do not all come back at the same moment.

const FIRST_MS = 10_000;
const SPREAD = 0.2;

/** Milliseconds until the next attempt. `attempts` have been made; `random` is from 0 to 1. */
export function backoffMs(
  attempts: number,
  options: { readonly maxMs: number; readonly random: number },
): number {
  const doubled = FIRST_MS * 2 ** Math.min(Math.max(attempts - 1, 0), 30);
  const spread = 1 - SPREAD + 2 * SPREAD * options.random;
  return Math.round(Math.min(doubled, options.maxMs) * spread);
}
