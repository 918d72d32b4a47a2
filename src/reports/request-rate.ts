// How many requests somebody may send: a bucket for each key that holds a minute's worth and fills steadily (token bucket, as in RFC 2697's
// meters). Memory is bounded whatever is thrown at it: the keys that were used longest ago are forgotten, and begin full.
import { LRUCache } from 'lru-cache';

const MINUTE_MS = 60_000;
const MAX_KEYS = 50_000;

interface Bucket {
  readonly left: number;
  readonly at: number;
}

export class RequestRate {
  readonly #perMinute: number;
  readonly #now: () => number;
  readonly #buckets: LRUCache<string, Bucket>;

  /** `perMinute`: above 0. */
  constructor(options: {
    readonly perMinute: number;
    readonly now: () => number;
    readonly maxKeys?: number;
  }) {
    this.#perMinute = options.perMinute;
    this.#now = options.now;
    this.#buckets = new LRUCache({ max: options.maxKeys ?? MAX_KEYS });
  }

  /** Takes one request of a key: 0; or milliseconds until there is room for one, and then nothing is taken. */
  take(key: string): number {
    const now = this.#now();
    const bucket = this.#buckets.get(key) ?? { left: this.#perMinute, at: now };
    const filled = ((now - bucket.at) * this.#perMinute) / MINUTE_MS;
    const left = Math.min(this.#perMinute, bucket.left + Math.max(0, filled));
    if (left < 1) return Math.ceil(((1 - left) * MINUTE_MS) / this.#perMinute);
    this.#buckets.set(key, { left: left - 1, at: now });
    return 0;
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#buckets.size;
  }
}
