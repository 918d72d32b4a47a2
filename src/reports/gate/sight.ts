// What one person may see of a product's reports. Protected unless the general list or the product says public; see
// docs/protection.md for what is public.
import type { Store } from '../../store/store.ts';
import type { Place, Rights } from '../../store/rights.ts';

/** Who asks, as far as the gate is concerned. */
export interface Viewer {
  readonly rights: Rights;
  /** Sees what belongs to no product, such as refused submissions; none of what a product has. */
  readonly isInstallationAdmin?: boolean;
}

/** What is asked for belongs to somebody else, or needs a right that is missing: pages check first, this is the last fence. */
export class NotSeen extends Error {}

/** One person's view of one product. */
export interface Sight {
  /** The right to protected data: everything is seen. */
  readonly all: boolean;
  /** Names of the annotations that everybody sees. */
  readonly names: ReadonlySet<string>;
  /** Messages of crashes: seen by everybody who reads the product, unless it protects them. */
  readonly messages: boolean;
}

/** Finds the sights of one person, each product once. */
export class Sights {
  readonly #store: Pick<Store, 'people' | 'bugs'>;
  readonly #general: readonly string[];
  readonly #rights: Rights;
  readonly #asEverybody: boolean;
  readonly #known = new Map<string, Promise<Sight>>();

  /** `asEverybody`: what everybody sees who reads the products that the person reads. */
  constructor(
    store: Pick<Store, 'people' | 'bugs'>,
    general: readonly string[],
    { rights, asEverybody = false }: { readonly rights: Rights; readonly asEverybody?: boolean },
  ) {
    this.#store = store;
    this.#general = general;
    this.#rights = rights;
    this.#asEverybody = asEverybody;
  }

  /** Whether the person may read the product at all: for others it does not exist. */
  sees(place: Place): boolean {
    return this.#rights.of(place) !== null;
  }

  /** Throws where the person may not read the product: what was found is dropped before. */
  of({ account, product }: { readonly account: string; readonly product: string }): Promise<Sight> {
    const key = JSON.stringify([account, product]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const sight = this.#read(account, product);
    this.#known.set(key, sight);
    return sight;
  }

  async #read(account: string, product: string): Promise<Sight> {
    const right = this.#rights.of({ account, product });
    if (right === null) throw new NotSeen('a product of somebody else');
    const [found, rules] = await Promise.all([
      this.#store.people.getProduct(account, product),
      this.#store.bugs.productRules(account, product),
    ]);
    const all = right.seesProtected && !this.#asEverybody;
    return {
      all,
      names: new Set([...this.#general, ...(found?.publicAnnotations ?? [])]),
      messages: all || rules.messages === 'public',
    };
  }
}
