// The ledger's cases, and the values that they count.
import type { Backing } from './backing.ts';
import type { Changes } from './changes.ts';
import { HeldRows } from './held-rows.ts';
import type { CaseRecord, ValueRecord } from './rows.ts';

interface CasesOfBug {
  /** By case key; null: there is none. */
  readonly byKey: Map<string, number | null>;
  readonly ids: Set<number>;
  /** How many there are; null: not asked yet. */
  count: number | null;
}

export class LedgerCases {
  readonly #backing: () => Backing;
  readonly #rows = new HeldRows<CaseRecord>();
  readonly #bugs = new Map<number, CasesOfBug>();
  readonly #values = new HeldRows<ValueRecord>();
  /** By case, then by section and key: the ids of its values. */
  readonly #keys = new Map<number, Map<string, number[]>>();
  /** Cases that were made here: what is not in memory does not exist. */
  readonly #made = new Set<number>();

  constructor(backing: () => Backing) {
    this.#backing = backing;
  }

  get size(): number {
    return this.#rows.size + this.#values.size;
  }

  async require(id: number): Promise<CaseRecord> {
    const held = this.#rows.get(id);
    if (held !== null) return held;
    const row = await this.#backing().load('case', id);
    if (row === null) throw new Error(`case ${id} is missing`);
    return this.#keep(row);
  }

  /** The oldest case of a bug with this key, or null. */
  async find(bugId: number, caseKey: string): Promise<CaseRecord | null> {
    const { byKey } = this.#of(bugId);
    const known = byKey.get(caseKey);
    if (known === null) return null;
    if (known !== undefined) return this.require(known);
    const row = await this.#backing().load('caseOfKey', bugId, caseKey);
    byKey.set(caseKey, row?.id ?? null);
    return row === null ? null : this.#keep(row);
  }

  /** How many cases a bug has. */
  async count(bugId: number): Promise<number> {
    const cases = this.#of(bugId);
    cases.count ??= (await this.#backing().load('caseCount', bugId)) ?? 0;
    return cases.count;
  }

  /** A bug was made: it has no cases. */
  startBug(bugId: number): void {
    this.#of(bugId).count = 0;
  }

  add(row: CaseRecord): CaseRecord {
    const cases = this.#of(row.bugId);
    cases.byKey.set(row.caseKey, row.id);
    cases.ids.add(row.id);
    if (cases.count !== null) cases.count += 1;
    this.#made.add(row.id);
    return this.#rows.add(row);
  }

  async change(id: number, fields: Partial<Omit<CaseRecord, 'id'>>): Promise<CaseRecord> {
    await this.require(id);
    return this.#rows.change(id, fields);
  }

  /** Removes a case that counts nothing. Its key is asked for anew (a merge can have left a second one): write before that. */
  async remove(id: number): Promise<void> {
    const { bugId, caseKey } = await this.require(id);
    const cases = this.#of(bugId);
    cases.byKey.delete(caseKey);
    cases.ids.delete(id);
    if (cases.count !== null) cases.count -= 1;
    this.#rows.remove(id);
    this.#forgetCase(id);
  }

  /** The values of a case in one section under one key; their number is bounded. */
  async valuesOfKey(caseId: number, section: string, key: string): Promise<readonly ValueRecord[]> {
    const ids = await this.#valueIds(caseId, section, key);
    return ids.flatMap((id) => this.#values.get(id) ?? []);
  }

  /** A value by its id; null: it is gone. */
  async value(id: number): Promise<ValueRecord | null> {
    const held = this.#values.get(id);
    if (held !== null) return held;
    const row = await this.#backing().load('value', id);
    if (row === null) return null;
    await this.#valueIds(row.caseId, row.section, row.key);
    return this.#values.get(id);
  }

  async addValue(row: ValueRecord): Promise<void> {
    (await this.#valueIds(row.caseId, row.section, row.key)).push(row.id);
    this.#values.add(row);
  }

  countValue(id: number, count: number): void {
    this.#values.change(id, { count });
  }

  async removeValue({ id, caseId, section, key }: ValueRecord): Promise<void> {
    const ids = await this.#valueIds(caseId, section, key);
    ids.splice(ids.indexOf(id), 1);
    this.#values.remove(id);
  }

  takeChanges(): Pick<Changes, 'cases' | 'removedCases' | 'values' | 'removedValues'> {
    const cases = this.#rows.takeChanges();
    const values = this.#values.takeChanges();
    return {
      cases: cases.changed,
      removedCases: cases.removed,
      values: values.changed,
      removedValues: values.removed,
    };
  }

  /** Forgets the cases of a bug; nothing of them may be unwritten. */
  forget(bugId: number): void {
    for (const id of this.#bugs.get(bugId)?.ids ?? []) {
      this.#rows.forget(id);
      this.#forgetCase(id);
    }
    this.#bugs.delete(bugId);
  }

  clear(): void {
    this.#rows.clear();
    this.#bugs.clear();
    this.#values.clear();
    this.#keys.clear();
    this.#made.clear();
  }

  #keep(row: CaseRecord): CaseRecord {
    this.#of(row.bugId).ids.add(row.id);
    return this.#rows.keep(row);
  }

  #of(bugId: number): CasesOfBug {
    let cases = this.#bugs.get(bugId);
    if (cases === undefined) {
      this.#bugs.set(bugId, (cases = { byKey: new Map(), ids: new Set(), count: null }));
    }
    return cases;
  }

  async #valueIds(caseId: number, section: string, key: string): Promise<number[]> {
    let keys = this.#keys.get(caseId);
    if (keys === undefined) this.#keys.set(caseId, (keys = new Map()));
    const name = `${section.length}:${section}:${key}`;
    let ids = keys.get(name);
    if (ids === undefined) {
      const rows = this.#made.has(caseId)
        ? []
        : await this.#backing().list('valuesOfKey', caseId, section, key);
      ids = rows.map((row) => this.#values.keep(row).id);
      keys.set(name, ids);
    }
    return ids;
  }

  #forgetCase(id: number): void {
    for (const ids of this.#keys.get(id)?.values() ?? []) for (const value of ids) this.#values.forget(value);
    this.#keys.delete(id);
    this.#made.delete(id);
  }
}
