// The ledger's labels: versions and platforms of products by number.
import type { Backing } from './backing.ts';
import type { Changes } from './changes.ts';
import { HeldRows } from './held-rows.ts';
import type { LabelKind, LabelRecord } from './rows.ts';

export class LedgerLabels {
  readonly #backing: () => Backing;
  readonly #rows = new HeldRows<LabelRecord>();
  readonly #ids = new Map<string, number | null>();
  readonly #counts = new Map<string, number>();

  constructor(backing: () => Backing) {
    this.#backing = backing;
  }

  get size(): number {
    return this.#ids.size;
  }

  async find(productId: number, what: LabelKind, name: string): Promise<LabelRecord | null> {
    const text = nameOf(productId, what, name);
    const known = this.#ids.get(text);
    if (known !== undefined) return known === null ? null : this.#rows.get(known);
    const row = await this.#backing().load('label', productId, what, name);
    this.#ids.set(text, row?.id ?? null);
    return row === null ? null : this.#rows.keep(row);
  }

  /** How many a product has. */
  async count(productId: number, what: LabelKind): Promise<number> {
    const text = nameOf(productId, what, '');
    let count = this.#counts.get(text);
    if (count === undefined) {
      count = (await this.#backing().load('labelCount', productId, what)) ?? 0;
      this.#counts.set(text, count);
    }
    return count;
  }

  add(row: LabelRecord): LabelRecord {
    const { id, productId, what, name } = row;
    this.#ids.set(nameOf(productId, what, name), id);
    const text = nameOf(productId, what, '');
    const count = this.#counts.get(text);
    if (count !== undefined) this.#counts.set(text, count + 1);
    return this.#rows.add(row);
  }

  seenAt(id: number, firstSeenAt: number): LabelRecord {
    return this.#rows.change(id, { firstSeenAt });
  }

  takeChanges(): Pick<Changes, 'labels'> {
    return { labels: this.#rows.takeChanges().changed };
  }

  clear(): void {
    this.#rows.clear();
    this.#ids.clear();
    this.#counts.clear();
  }
}

function nameOf(productId: number, what: LabelKind, name: string): string {
  return `${productId}:${what}:${name}`;
}
