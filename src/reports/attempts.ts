// Counts failed sign-ins by key (network, e-mail, browser) in fixed windows, each from its first failure; memory is bounded whatever is thrown at it.

/** Failed attempts that are taken for one key within the window. */
export interface AttemptLimit {
  readonly max: number;
  readonly windowMs: number;
}

/** Counts failures; the oldest key is forgotten when there are more than `maxKeys`. */
export class Attempts {
  readonly #maxKeys: number;
  readonly #now: () => number;
  readonly #failures = new Map<string, { count: number; readonly until: number }>();

  constructor(options: { readonly now: () => number; readonly maxKeys?: number }) {
    this.#now = options.now;
    this.#maxKeys = options.maxKeys ?? 50_000;
  }

  /** Milliseconds until this key may try again; 0: now. */
  waitMs(key: string, limit: AttemptLimit): number {
    const entry = this.#failures.get(key);
    if (entry === undefined || entry.count < limit.max) return 0;
    return Math.max(0, entry.until - this.#now());
  }

  /**
   * Notes a failure. The window ends where its first failure put the end: a few mistakes now and then, of an office behind one address, never
   * add up to a lock.
   */
  failed(key: string, limit: AttemptLimit): void {
    const now = this.#now();
    const entry = this.#failures.get(key);
    const alive = entry !== undefined && entry.until > now;
    this.#failures.delete(key);
    this.#failures.set(key, {
      count: alive ? entry.count + 1 : 1,
      until: alive ? entry.until : now + limit.windowMs,
    });
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size <= this.#maxKeys) break;
      this.#failures.delete(oldest);
    }
  }

  /** Takes one failure back: it was noted before its outcome was known. */
  takeBack(key: string): void {
    const entry = this.#failures.get(key);
    if (entry === undefined) return;
    if (entry.count <= 1) this.#failures.delete(key);
    else entry.count -= 1;
  }

  /** Forgets a key after a success. */
  succeeded(key: string): void {
    this.#failures.delete(key);
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#failures.size;
  }
}
