// The limits that people set for keys: events a minute, counted in this process by the minute in which they arrive.
import type { KeyedProduct } from '../report/client-rules.ts';

const MINUTE_MS = 60_000;
const MAX_KEYS = 10_000;

/** Counts events of limited keys. */
export class KeyLimits {
  readonly #now: () => number;
  #minute = 0;
  #counts = new Map<number, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Counts one more event; the seconds until the next may come, 0 where this one may. */
  wait({ keyId, perMinute }: Pick<KeyedProduct, 'keyId' | 'perMinute'>): number {
    if (perMinute === null) return 0;
    const now = this.#now();
    const minute = Math.floor(now / MINUTE_MS);
    if (minute !== this.#minute || this.#counts.size > MAX_KEYS) {
      this.#minute = minute;
      this.#counts = new Map();
    }
    const count = this.#counts.get(keyId) ?? 0;
    if (count >= perMinute) return ((minute + 1) * MINUTE_MS - now) / 1000;
    this.#counts.set(keyId, count + 1);
    return 0;
  }
}
