// The ledger's facts: the keys that reports brought, and the rows that come and go. Rows are only written here, never read.
import type { Backing } from './backing.ts';
import type { Changes } from './changes.ts';
import { HeldRows } from './held-rows.ts';
import type { FactKeyRecord } from './rows.ts';

export class LedgerFacts {
  readonly #backing: () => Backing;
  readonly #keys = new HeldRows<FactKeyRecord>();
  readonly #ids = new Map<string, number | null>();
  #keyCount: number | null = null;
  #added: Changes['facts'][number][] = [];
  #dropped: Changes['droppedFacts'][number][] = [];
  #moved: Changes['movedFacts'][number][] = [];

  constructor(backing: () => Backing) {
    this.#backing = backing;
  }

  get size(): number {
    return this.#ids.size;
  }

  async key(section: string, name: string): Promise<FactKeyRecord | null> {
    const text = `${section}\0${name}`;
    const known = this.#ids.get(text);
    if (known !== undefined) return known === null ? null : this.#keys.get(known);
    const row = await this.#backing().load('factKey', section, name);
    this.#ids.set(text, row?.id ?? null);
    return row === null ? null : this.#keys.keep(row);
  }

  /** How many keys there are. */
  async keyCount(): Promise<number> {
    this.#keyCount ??= (await this.#backing().load('factKeyCount')) ?? 0;
    return this.#keyCount;
  }

  addKey(row: FactKeyRecord): void {
    this.#ids.set(`${row.section}\0${row.name}`, row.id);
    if (this.#keyCount !== null) this.#keyCount += 1;
    this.#keys.add(row);
  }

  protectKey(id: number): void {
    this.#keys.change(id, { protected: true });
  }

  add(row: Changes['facts'][number]): void {
    this.#added.push(row);
  }

  /** A row counts no more. */
  drop(productId: number, seq: number): void {
    this.#dropped.push({ productId, seq });
  }

  /** A row belongs to another case from now on. */
  move(productId: number, seq: number, caseId: number): void {
    this.#moved.push({ productId, seq, caseId });
  }

  takeChanges(): Pick<Changes, 'facts' | 'droppedFacts' | 'movedFacts' | 'factKeys'> {
    const taken = {
      facts: this.#added,
      droppedFacts: this.#dropped,
      movedFacts: this.#moved,
      factKeys: this.#keys.takeChanges().changed,
    };
    this.#added = [];
    this.#dropped = [];
    this.#moved = [];
    return taken;
  }

  clear(): void {
    this.takeChanges();
    this.#keys.clear();
    this.#ids.clear();
    this.#keyCount = null;
  }
}
