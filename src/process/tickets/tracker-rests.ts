// Trackers that asked to be left alone for a time: until then nobody asks them anything, whoever wants what of them. A tracker that is asked
// on while it limits may shut out the token for good.
import { createHash } from 'node:crypto';

/** Tokens at hosts; where there are more, the one that rests longest ago is forgotten. */
const MAX_RESTS = 1000;

export class TrackerRests {
  readonly #until = new Map<string, number>();

  /** Milliseconds until a token may be used at a host again; 0: now. */
  left(host: string, authorization: Readonly<Record<string, string>>, now: number): number {
    const key = keyOf(host, authorization);
    const left = (this.#until.get(key) ?? 0) - now;
    if (left > 0) return left;
    this.#until.delete(key);
    return 0;
  }

  rest(host: string, authorization: Readonly<Record<string, string>>, until: number): void {
    const key = keyOf(host, authorization);
    this.#until.delete(key);
    this.#until.set(key, until);
    const [oldest] = this.#until.keys();
    if (this.#until.size > MAX_RESTS && oldest !== undefined) this.#until.delete(oldest);
  }
}

/** Limits are those of a token; it is not kept here. */
function keyOf(host: string, authorization: Readonly<Record<string, string>>): string {
  return createHash('sha256')
    .update(JSON.stringify([host, authorization]))
    .digest('base64');
}
