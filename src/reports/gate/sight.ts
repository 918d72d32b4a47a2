// What one person may see of a product's reports. Protected unless the general list or the product says public; see
// docs/protection.md for what is public.
import type { Store } from '../../store/store.ts';

/** Who asks, as far as the gate is concerned. */
export interface Viewer {
  /** The right to protected data. */
  readonly seesProtected: boolean;
}

/** One person's view of one product. */
export interface Sight {
  /** The right to protected data: everything is seen. */
  readonly all: boolean;
  /** Names of the annotations that everybody sees. */
  readonly names: ReadonlySet<string>;
  /** Messages of crashes: seen by everybody, unless the product protects them. */
  readonly messages: boolean;
}

/** Finds the sights of one person, each product once. */
export class Sights {
  readonly #store: Pick<Store, 'people' | 'bugs'>;
  readonly #general: readonly string[];
  readonly #person: Viewer;
  readonly #known = new Map<string, Promise<Sight>>();

  constructor(store: Pick<Store, 'people' | 'bugs'>, general: readonly string[], person: Viewer) {
    this.#store = store;
    this.#general = general;
    this.#person = person;
  }

  of({ account, product }: { readonly account: string; readonly product: string }): Promise<Sight> {
    const key = JSON.stringify([account, product]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const sight = this.#read(account, product);
    this.#known.set(key, sight);
    return sight;
  }

  async #read(account: string, product: string): Promise<Sight> {
    const [found, rules] = await Promise.all([
      this.#store.people.getProduct(account, product),
      this.#store.bugs.productRules(account, product),
    ]);
    const all = this.#person.seesProtected;
    return {
      all,
      names: new Set([...this.#general, ...(found?.publicAnnotations ?? [])]),
      messages: all || rules.messages === 'public',
    };
  }
}
