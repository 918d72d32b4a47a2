// The rules of products, as the store has them, for a worker that asks again for each report.
import { LRUCache } from 'lru-cache';
import { NO_SOURCE } from '../../report/source/source-settings.ts';
import type { BugStore, ProductRules } from '../../store/bugs.ts';

const MAX_KEPT = 1000;

/** Answers from memory for a short while, so that a change works within seconds and a busy queue asks rarely. */
export class ProductRulesCache {
  readonly #store: BugStore;
  readonly #now: () => number;
  readonly #keepMs: number;
  readonly #kept = new LRUCache<string, { readonly rules: Promise<ProductRules>; readonly until: number }>({
    max: MAX_KEPT,
  });

  constructor(
    store: BugStore,
    { now, keepMs = 2000 }: { readonly now: () => number; readonly keepMs?: number },
  ) {
    this.#store = store;
    this.#now = now;
    this.#keepMs = keepMs;
  }

  get(account: string, product: string): Promise<ProductRules> {
    const key = JSON.stringify([account, product]);
    const known = this.#kept.get(key);
    if (known !== undefined && known.until > this.#now()) return known.rules;
    const rules = this.#read(account, product);
    this.#kept.set(key, { rules, until: this.#now() + this.#keepMs });
    // A failed question is not kept: the next report asks again.
    rules.catch(() => this.#kept.delete(key));
    return rules;
  }

  /** Where the source lies is nothing to a processing thread, and can be long. */
  async #read(account: string, product: string): Promise<ProductRules> {
    return { ...(await this.#store.productRules(account, product)), source: NO_SOURCE };
  }
}
