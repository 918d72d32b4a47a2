// Finds the index of a module's symbols: in the store by debug id, then by code id, then at upstream servers.
import { LRUCache } from 'lru-cache';
import type { SymbolRequest } from '../../formats/symbols/symbol-provider.ts';
import type { SymbolFile, SymbolKey, SymbolStore } from '../../store/symbols.ts';
import { isMapping } from './source-maps/mapping-formats.ts';
import type { IndexMender } from './index-mender.ts';
import { symbolKeyOf } from './symbol-lookup-key.ts';
import type { SymbolErrand, SymbolSource } from './symbol-source.ts';
import { haveSameUsers, isUsable, mayJoin, type Owners, type Users } from './usable-symbols.ts';

/** Fetches symbols from elsewhere into the store; true: they are there now. `job`: whose share it takes. */
export interface UpstreamFetcher {
  fetch(request: SymbolRequest, job: string | null): Promise<boolean>;
}

/** Most keys whose last use is remembered here; beyond that all are forgotten, and noted once more. */
const MAX_NOTED = 10_000;
const HOUR_MS = 3_600_000;

/** The symbols of a store, and what upstream servers add to it. */
export class SymbolFinder implements SymbolSource {
  private readonly store: SymbolStore;
  private readonly upstream: UpstreamFetcher | null;
  private readonly now: () => number;
  private readonly heard: (result: 'found' | 'missing' | 'upstream') => void;
  private readonly mender: Pick<IndexMender, 'mend'> | null;
  private readonly noted = new LRUCache<string, number>({ max: MAX_NOTED });

  constructor(options: {
    readonly store: SymbolStore;
    readonly upstream?: UpstreamFetcher | null;
    /** Makes indexes anew that cannot be used; without one they stay as they are. */
    readonly mender?: Pick<IndexMender, 'mend'> | null;
    readonly now?: () => number;
    /** Told what became of each question, for metrics. */
    readonly heard?: (result: 'found' | 'missing' | 'upstream') => void;
  }) {
    this.store = options.store;
    this.upstream = options.upstream ?? null;
    this.mender = options.mender ?? null;
    this.now = options.now ?? Date.now;
    this.heard = options.heard ?? (() => {});
  }

  async find(request: SymbolRequest, { job, users = null }: SymbolErrand = {}): Promise<string | null> {
    const stored = await this.inStore(request, users);
    if (stored !== null) {
      this.heard('found');
      return stored;
    }
    const path = (await this.fetched(request, job ?? null)) ? await this.inStore(request, users) : null;
    this.heard(path === null ? 'missing' : 'upstream');
    return path;
  }

  async mend(request: SymbolRequest, { users = null }: SymbolErrand = {}): Promise<string | null> {
    const key = await this.storedKey(request, users);
    if (key === null || this.mender === null || !(await this.mender.mend(key))) return null;
    return this.store.indexPath(key);
  }

  /** Not where others have a file under the key: what a server sends could not be kept beside it. */
  private async fetched(request: SymbolRequest, job: string | null): Promise<boolean> {
    if (this.upstream === null) return false;
    const key = symbolKeyOf(request);
    if (key !== null && (await this.store.getSymbols(key)) !== null) return false;
    return this.upstream.fetch(request, job);
  }

  private async inStore(request: SymbolRequest, users: Users): Promise<string | null> {
    const key = await this.storedKey(request, users);
    const path = key === null ? null : await this.store.indexPath(key);
    return key === null || path === null ? null : this.use(key, path);
  }

  /** The key by which symbols may be stored: that of the debug id, else that of the code id. */
  private async storedKey(request: SymbolRequest, users: Users): Promise<SymbolKey | null> {
    const key = symbolKeyOf(request);
    // With a debug id of its own a module has its own symbols: only dumps without one go by the code id.
    if (key !== null) return this.storedUnder(key, users);
    const { codeFile, codeId } = request;
    if (codeFile === null || codeFile === '' || codeId === null || codeId === '') return null;
    return this.store.findByCodeId(lastPart(codeFile), codeId, users ?? undefined);
  }

  /**
   * The key itself, where a text is stored under it; else that of a debug file with the id, whatever it is called: a dump names the
   * program, and its separate debug file has another name. Files of a build that the same accounts have share one index; of others the
   * file that the fewest have is indexed with the most files.
   */
  private async storedUnder(key: SymbolKey, users: Users): Promise<SymbolKey | null> {
    const named = await this.store.getSymbols(key);
    const owners = named === null ? [] : await this.store.accountsOf(named);
    const isTheirs = named !== null && isUsable(owners, users);
    if (isTheirs && named.format === 'sym') return named;
    let best = isTheirs ? { row: named, owners } : null;
    for (const row of await this.store.findByDebugId(key.debugId, users ?? undefined)) {
      if (row.format === 'sym' || isMapping(row)) continue;
      const other = { row, owners: await this.store.accountsOf(row) };
      if (best === null || hasMore(other, best)) best = other;
    }
    return best?.row ?? null;
  }

  private use(key: SymbolKey, path: string): string {
    const name = `${key.debugId}/${key.debugFile}`;
    const hour = Math.floor(this.now() / HOUR_MS);
    if (this.noted.get(name) !== hour) {
      this.noted.set(name, hour);
      // Only retention reads it: a store that cannot write now must not cost a report its symbols.
      this.store.used([{ debugFile: key.debugFile, debugId: key.debugId }]).catch(() => {});
    }
    return path;
  }
}

/** Whether an index is of more files than another one of the build: fewer accounts must have each; else the larger one. */
function hasMore(
  { row, owners }: { readonly row: SymbolFile; readonly owners: Owners },
  than: { readonly row: SymbolFile; readonly owners: Owners },
): boolean {
  if (haveSameUsers(owners, than.owners)) return row.indexBytes > than.row.indexBytes;
  if (mayJoin(than.owners, owners)) return true;
  return !mayJoin(owners, than.owners) && row.indexBytes > than.row.indexBytes;
}

function lastPart(file: string): string {
  return file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
}
