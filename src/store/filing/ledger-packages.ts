// The ledger's packages: in which libraries crashes of a product begin that have no frame of its own.
import type { Backing } from './backing.ts';
import type { Changes } from './changes.ts';

/** How often crashes began in a package, and since when it is taken for the product's own. */
interface CountedPackage {
  readonly count: number;
  readonly learnedAt: number | null;
}

export class LedgerPackages {
  readonly #backing: () => Backing;
  readonly #products = new Map<number, Map<string, CountedPackage>>();
  readonly #changed = new Map<string, Changes['packages'][number]>();

  constructor(backing: () => Backing) {
    this.#backing = backing;
  }

  get size(): number {
    let rows = 0;
    for (const packages of this.#products.values()) rows += 1 + packages.size;
    return rows;
  }

  /** All of a product, by name; their number is bounded. */
  async of(productId: number): Promise<ReadonlyMap<string, CountedPackage>> {
    return this.#of(productId);
  }

  /** Counts one once more. */
  async count(productId: number, name: string): Promise<void> {
    const known = (await this.#of(productId)).get(name);
    await this.#set(productId, name, {
      count: (known?.count ?? 0) + 1,
      learnedAt: known?.learnedAt ?? null,
    });
  }

  /** From now on it is the product's own. */
  async learn(productId: number, name: string, at: number): Promise<void> {
    const known = (await this.#of(productId)).get(name);
    await this.#set(productId, name, { count: known?.count ?? 0, learnedAt: at });
  }

  takeChanges(): Pick<Changes, 'packages'> {
    const packages = [...this.#changed.values()];
    this.#changed.clear();
    return { packages };
  }

  clear(): void {
    this.#products.clear();
    this.#changed.clear();
  }

  async #set(productId: number, name: string, row: CountedPackage): Promise<void> {
    (await this.#of(productId)).set(name, row);
    this.#changed.set(`${productId}:${name}`, { productId, name, ...row });
  }

  async #of(productId: number): Promise<Map<string, CountedPackage>> {
    let packages = this.#products.get(productId);
    if (packages === undefined) {
      const rows = await this.#backing().list('packagesOfProduct', productId);
      packages = new Map(rows.map(({ name, count, learnedAt }) => [name, { count, learnedAt }]));
      this.#products.set(productId, packages);
    }
    return packages;
  }
}
