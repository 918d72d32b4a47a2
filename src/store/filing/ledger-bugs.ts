// The ledger's bugs, and the keys that lead to them.
import { concealedKey } from '../shared/filing.ts';
import type { Backing } from './backing.ts';
import { HeldRows } from './held-rows.ts';
import type { BugRecord } from './rows.ts';
import type { Changes } from './changes.ts';

/** Any case of a key. */
export const ANY_CASE = '';

/** A key, for one case or (`ANY_CASE`) in general. */
export interface BugKey {
  readonly productId: number;
  readonly key: string;
  readonly caseKey: string;
}

export class LedgerBugs {
  readonly #backing: () => Backing;
  readonly #rows = new HeldRows<BugRecord>();
  /** By name of the key: the bug, or null where it leads nowhere. */
  readonly #keys = new Map<string, number | null>();
  readonly #keysOfBug = new Map<number, Set<string>>();
  /** Bugs that keys led to, the longest ago first. */
  readonly #recent = new Set<number>();
  readonly #led = new Map<string, BugKey & { readonly bugId: number }>();

  constructor(backing: () => Backing) {
    this.#backing = backing;
  }

  get size(): number {
    return this.#rows.size + this.#keys.size;
  }

  /** The bug, or null. */
  async get(id: number): Promise<BugRecord | null> {
    const held = this.#rows.get(id);
    if (held !== null) return held;
    const row = await this.#backing().load('bug', id);
    return row === null ? null : this.#rows.keep(row);
  }

  /** A bug that something else refers to. Throws where it is missing: the transaction is rolled back. */
  async require(id: number): Promise<BugRecord> {
    const bug = await this.get(id);
    if (bug === null) throw new Error(`bug ${id} is missing`);
    return bug;
  }

  /** A bug, or the one that it was merged into. */
  async surviving(id: number): Promise<BugRecord | null> {
    const bug = await this.get(id);
    return bug === null || bug.duplicateOf === null ? bug : this.get(bug.duplicateOf);
  }

  async change(id: number, fields: Partial<Omit<BugRecord, 'id'>>): Promise<BugRecord> {
    await this.require(id);
    return this.#rows.change(id, fields);
  }

  add(bug: BugRecord): BugRecord {
    return this.#rows.add(bug);
  }

  /** The bug that a key leads to: for this very case, or (`ANY_CASE`) in general. Null: none. */
  async ofKey(key: BugKey): Promise<number | null> {
    const name = nameOf(key);
    const known = this.#keys.get(name);
    if (known !== undefined) {
      if (known !== null) this.#touch(known);
      return known;
    }
    const bugId = await this.#find(key);
    this.#remember(name, bugId);
    return bugId;
  }

  /** Also by what the key is kept as once its reports are gone. */
  async #find({ productId, key, caseKey }: BugKey): Promise<number | null> {
    const found = await this.#backing().load('bugOfKey', productId, key, caseKey);
    const concealed = concealedKey(key);
    if (found !== null || concealed === key) return found;
    return this.#backing().load('bugOfKey', productId, concealed, caseKey);
  }

  /** Lets a key lead to a bug from now on. */
  leadKey(key: BugKey, bugId: number): void {
    const name = nameOf(key);
    this.#remember(name, bugId);
    this.#led.set(name, { ...key, bugId });
  }

  takeChanges(): Pick<Changes, 'bugs' | 'keys'> {
    const keys = [...this.#led.values()];
    this.#led.clear();
    return { bugs: this.#rows.takeChanges().changed, keys };
  }

  /** Bugs in the order in which keys led to them last. */
  leastRecent(): Iterable<number> {
    return this.#recent;
  }

  /** Forgets a bug and what leads to it; nothing of it may be unwritten. */
  forget(id: number): void {
    this.#rows.forget(id);
    for (const name of this.#keysOfBug.get(id) ?? []) this.#keys.delete(name);
    this.#keysOfBug.delete(id);
    this.#recent.delete(id);
  }

  clear(): void {
    this.#rows.clear();
    this.#keys.clear();
    this.#keysOfBug.clear();
    this.#recent.clear();
    this.#led.clear();
  }

  #touch(bugId: number): void {
    this.#recent.delete(bugId);
    this.#recent.add(bugId);
  }

  #remember(name: string, bugId: number | null): void {
    this.#keys.set(name, bugId);
    if (bugId === null) return;
    this.#touch(bugId);
    let names = this.#keysOfBug.get(bugId);
    if (names === undefined) this.#keysOfBug.set(bugId, (names = new Set()));
    names.add(name);
  }
}

/** The length keeps key and case key apart, whatever is in them. */
function nameOf({ productId, key, caseKey }: BugKey): string {
  return `${productId}:${key.length}:${key}:${caseKey}`;
}
