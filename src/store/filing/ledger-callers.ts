// The ledger's callers: by which frames the crashes of a key came, for keys whose bug was made since they are counted.
import type { Backing } from './backing.ts';
import type { Changes } from './changes.ts';

/** The callers of one key of a bug. */
type Callers = Map<string, number>;

export class LedgerCallers {
  readonly #backing: () => Backing;
  /** By bug, then by key. */
  readonly #bugs = new Map<number, Map<string, Callers>>();
  readonly #changed = new Map<string, Changes['callers'][number]>();
  #size = 0;

  constructor(backing: () => Backing) {
    this.#backing = backing;
  }

  get size(): number {
    return this.#size;
  }

  /** How often each caller came; empty for keys that are older than the counting. */
  async of(bugId: number, productId: number, key: string): Promise<ReadonlyMap<string, number>> {
    return this.#callers(bugId, productId, key);
  }

  /** A bug was made for the key: nobody has come by it yet. */
  start(bugId: number, key: string): void {
    this.#keep(bugId, key, new Map());
  }

  /** Counts a caller once more. */
  async count(bugId: number, productId: number, key: string, caller: string): Promise<void> {
    const callers = await this.#callers(bugId, productId, key);
    const known = callers.get(caller);
    if (known === undefined) this.#size += 1;
    const count = (known ?? 0) + 1;
    callers.set(caller, count);
    this.#changed.set(`${productId}:${key.length}:${key}:${caller}`, { productId, key, caller, count });
  }

  takeChanges(): Pick<Changes, 'callers'> {
    const callers = [...this.#changed.values()];
    this.#changed.clear();
    return { callers };
  }

  /** Forgets the callers of a bug; nothing of them may be unwritten. */
  forget(bugId: number): void {
    for (const callers of this.#bugs.get(bugId)?.values() ?? []) this.#size -= 1 + callers.size;
    this.#bugs.delete(bugId);
  }

  clear(): void {
    this.#bugs.clear();
    this.#changed.clear();
    this.#size = 0;
  }

  async #callers(bugId: number, productId: number, key: string): Promise<Callers> {
    const known = this.#bugs.get(bugId)?.get(key);
    if (known !== undefined) return known;
    const rows = await this.#backing().list('callersOfKey', productId, key);
    return this.#keep(bugId, key, new Map(rows.map(({ caller, count }) => [caller, count])));
  }

  #keep(bugId: number, key: string, callers: Callers): Callers {
    let keys = this.#bugs.get(bugId);
    if (keys === undefined) this.#bugs.set(bugId, (keys = new Map()));
    keys.set(key, callers);
    this.#size += 1 + callers.size;
    return callers;
  }
}
