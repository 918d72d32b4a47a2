// The ledger's sums: differences in series and in the numbers of installations. What a series holds is never asked for; of an
// installation it matters whether bug and product know it.
import type { Backing } from './backing.ts';
import type { Changes, InstallationChange, OwnerKind, SeriesChange } from './changes.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Where in a series. */
export interface SeriesPlace {
  readonly day: number;
  readonly versionId: number;
  readonly platformId: number;
}

export class LedgerSums {
  readonly #backing: () => Backing;
  readonly #series = new Map<string, Mutable<SeriesChange>>();
  readonly #days = new Map<string, { bugId: number; day: number; by: number }>();
  readonly #installations = new Map<string, Mutable<InstallationChange>>();
  /** How many crashes name an installation, by bug and by product. */
  readonly #known = {
    bug: new Map<number, Map<string, number>>(),
    product: new Map<number, Map<string, number>>(),
  };
  /** Bugs that were made here: installations that are not in memory are new to them. */
  readonly #made = new Set<number>();
  readonly #ofProduct = new Map<number, number>();
  readonly #productDifference = new Map<number, number>();
  #size = 0;

  constructor(backing: () => Backing) {
    this.#backing = backing;
  }

  get size(): number {
    return this.#size;
  }

  addToSeries(of: OwnerKind, owner: number, place: SeriesPlace, by: number): void {
    const name = `${of}:${owner}:${place.day}:${place.versionId}:${place.platformId}`;
    const { day, versionId, platformId } = place;
    const change = this.#series.get(name);
    if (change === undefined) this.#series.set(name, { of, owner, day, versionId, platformId, by });
    else change.by += by;
  }

  addToDay(bugId: number, day: number, by: number): void {
    const name = `${bugId}:${day}`;
    const change = this.#days.get(name);
    if (change === undefined) this.#days.set(name, { bugId, day, by });
    else change.by += by;
  }

  /** How many crashes of a bug or product name an installation. */
  async installationCount(of: 'bug' | 'product', owner: number, installation: Uint8Array): Promise<number> {
    const name = textOf(installation);
    const counts = this.#counts(of, owner);
    let count = counts.get(name);
    if (count === undefined) {
      const written = of === 'bug' && this.#made.has(owner) ? 0 : await this.#asked(of, owner, installation);
      // What was added before anybody asked is not written yet.
      count = Math.max(written + (this.#installations.get(`${of}:${owner}:${name}`)?.by ?? 0), 0);
      counts.set(name, count);
      this.#size += 1;
    }
    return count;
  }

  /** Counts one crash more or less. `day` 0: taken back. */
  addInstallation(of: OwnerKind, owner: number, installation: Uint8Array, by: number, day: number): void {
    const text = textOf(installation);
    const name = `${of}:${owner}:${text}`;
    const change = this.#installations.get(name);
    if (change === undefined) {
      this.#installations.set(name, { of, owner, installation, by, lastDay: day });
    } else {
      change.by += by;
      change.lastDay = Math.max(change.lastDay, day);
    }
    if (of === 'case') return;
    const counts = this.#counts(of, owner);
    const count = counts.get(text);
    if (count !== undefined) counts.set(text, Math.max(count + by, 0));
  }

  /** How many installations a product has. */
  async installationsOfProduct(productId: number): Promise<number> {
    let count = this.#ofProduct.get(productId);
    if (count === undefined) {
      count = (await this.#backing().load('installationsOfProduct', productId)) ?? 0;
      this.#ofProduct.set(productId, count);
    }
    return count + (this.#productDifference.get(productId) ?? 0);
  }

  countInstallationOfProduct(productId: number, by: number): void {
    this.#productDifference.set(productId, (this.#productDifference.get(productId) ?? 0) + by);
  }

  /** A bug was made: nothing counts in it yet. */
  startBug(bugId: number): void {
    this.#made.add(bugId);
  }

  takeChanges(): Pick<Changes, 'series' | 'days' | 'installations' | 'productInstallations'> {
    const changes = {
      series: [...this.#series.values()].filter(({ by }) => by !== 0),
      days: [...this.#days.values()].filter(({ by }) => by !== 0),
      installations: [...this.#installations.values()].filter(
        ({ of, by, lastDay }) => by !== 0 || (of === 'product' && lastDay > 0),
      ),
      productInstallations: [...this.#productDifference].map(([productId, by]) => ({ productId, by })),
    };
    for (const { productId, by } of changes.productInstallations) {
      const before = this.#ofProduct.get(productId);
      if (before !== undefined) this.#ofProduct.set(productId, before + by);
    }
    this.#series.clear();
    this.#days.clear();
    this.#installations.clear();
    this.#productDifference.clear();
    return changes;
  }

  /** Forgets what was known of a bug; nothing of it may be unwritten. */
  forget(bugId: number): void {
    this.#size -= this.#known.bug.get(bugId)?.size ?? 0;
    this.#known.bug.delete(bugId);
    this.#made.delete(bugId);
  }

  clear(): void {
    this.#series.clear();
    this.#days.clear();
    this.#installations.clear();
    this.#known.bug.clear();
    this.#known.product.clear();
    this.#made.clear();
    this.#ofProduct.clear();
    this.#productDifference.clear();
    this.#size = 0;
  }

  #counts(of: 'bug' | 'product', owner: number): Map<string, number> {
    let counts = this.#known[of].get(owner);
    if (counts === undefined) this.#known[of].set(owner, (counts = new Map()));
    return counts;
  }

  async #asked(of: 'bug' | 'product', owner: number, installation: Uint8Array): Promise<number> {
    const name = of === 'bug' ? 'bugInstallation' : 'productInstallation';
    return (await this.#backing().load(name, owner, installation)) ?? 0;
  }
}

function textOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
}
