// Where the indexes of source maps and of Java's mappings are: the question that worker threads ask the main thread, which has the store.
import type { SymbolFile, SymbolStore } from '../../../store/symbols.ts';
import type { IndexMender } from '../index-mender.ts';
import { ALIAS, isMapping } from './mapping-formats.ts';

/** Finds index files. */
export interface MappingSource {
  /**
   * For each list of ids, best first, the path of the first index that an account has; null: none. Its sources are its own: the ids of scripts
   * are known to everybody who runs them. Rejects where the store fails.
   */
  mappings(account: string, lists: readonly (readonly string[])[]): Promise<readonly (string | null)[]>;
  /** The index that `mappings` gave for a list cannot be used: makes it anew; null where that does not help. Rejects as `mappings` does. */
  mendMapping(account: string, ids: readonly string[]): Promise<string | null>;
}

const HOUR_MS = 3_600_000;
/** Programs whose files have no maps ask for them with every event: what is not here is not looked for again so soon. */
const ABSENT_MS = 2000;
const MAX_ABSENT = 50_000;
const MAX_NOTED = 10_000;

/** The mappings of a store. */
export class MappingFinder implements MappingSource {
  readonly #store: SymbolStore;
  readonly #now: () => number;
  readonly #mender: Pick<IndexMender, 'mend'> | null;
  readonly #noted = new Map<string, number>();
  /** By account and first id of a list: until when none of it is taken to be here. */
  readonly #absent = new Map<string, number>();

  constructor(store: SymbolStore, now: () => number, mender: Pick<IndexMender, 'mend'> | null = null) {
    this.#store = store;
    this.#now = now;
    this.#mender = mender;
  }

  async mappings(
    account: string,
    lists: readonly (readonly string[])[],
  ): Promise<readonly (string | null)[]> {
    const paths: (string | null)[] = [];
    for (const ids of lists) paths.push(await this.#first(account, ids));
    return paths;
  }

  async mendMapping(account: string, ids: readonly string[]): Promise<string | null> {
    for (const id of ids) {
      const row = await this.#rowOf(account, id);
      if (row === null || (await this.#store.indexPath(row)) === null) continue;
      return this.#mender !== null && (await this.#mender.mend(row)) ? this.#store.indexPath(row) : null;
    }
    return null;
  }

  /** Something has come that may have been asked for before. */
  arrived(): void {
    this.#absent.clear();
  }

  async #first(account: string, ids: readonly string[]): Promise<string | null> {
    const best = `${account}/${ids[0] ?? ''}`;
    const now = this.#now();
    if ((this.#absent.get(best) ?? 0) > now) return null;
    for (const id of ids) {
      const row = await this.#rowOf(account, id);
      const path = row === null ? null : await this.#store.indexPath(row);
      if (row === null || path === null) continue;
      this.#use(row);
      return path;
    }
    if (this.#absent.size >= MAX_ABSENT) this.#absent.clear();
    this.#absent.set(best, now + ABSENT_MS);
    return null;
  }

  async #rowOf(account: string, id: string): Promise<SymbolFile | null> {
    const row = await this.#find(account, id, () => true);
    if (row === null || row.gives !== ALIAS || row.codeId === null) return row;
    this.#use(row);
    return this.#find(account, row.codeId, (one) => one.gives !== ALIAS);
  }

  /** The first mapping with an id that the account has; what no account has is everybody's. */
  async #find(account: string, id: string, fits: (row: SymbolFile) => boolean): Promise<SymbolFile | null> {
    for (const row of await this.#store.findByDebugId(id)) {
      if (!isMapping(row) || !fits(row)) continue;
      const owners = await this.#store.accountsOf(row);
      if (owners === null || owners.length === 0 || owners.includes(account)) return row;
    }
    return null;
  }

  #use({ debugFile, debugId }: SymbolFile): void {
    const hour = Math.floor(this.#now() / HOUR_MS);
    const key = `${debugId}/${debugFile}`;
    if (this.#noted.get(key) === hour) return;
    if (this.#noted.size >= MAX_NOTED) this.#noted.clear();
    this.#noted.set(key, hour);
    // Only retention reads it.
    this.#store.used([{ debugFile, debugId }]).catch(() => {});
  }
}
