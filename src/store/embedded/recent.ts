// Answers that may be a little old: what a process asks at every upload and another process may change.
import { LRUCache } from 'lru-cache';

/** Data of another process may be so old (the stores' contract: two seconds). */
const KEEP_MS = 2000;
/** Clients choose the keys, so their number is bounded. */
const MAX_ENTRIES = 2000;

/** A cache of answers by key, each at most two seconds old. */
export class Recent<T> {
  readonly #now: () => number;
  readonly #entries = new LRUCache<string, { readonly value: T; readonly until: number }>({
    max: MAX_ENTRIES,
  });

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The answer from here, or asked anew. */
  get(key: string, ask: () => T): T {
    const now = this.#now();
    const entry = this.#entries.get(key);
    if (entry !== undefined && entry.until > now && entry.until <= now + KEEP_MS) return entry.value;
    const value = ask();
    this.#entries.set(key, { value, until: now + KEEP_MS });
    return value;
  }

  /** Forgets everything: this process has just changed something. */
  clear(): void {
    this.#entries.clear();
  }
}
