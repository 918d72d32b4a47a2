// Finds the index of a module's symbols: in the store by debug id, then by code id, then at upstream servers.
import { LRUCache } from 'lru-cache';
import type { SymbolRequest } from '../../formats/symbols/symbol-provider.ts';
import type { SymbolKey, SymbolStore } from '../../store/symbols.ts';
import { isMapping } from './source-maps/mapping-formats.ts';
import type { IndexMender } from './index-mender.ts';
import { symbolKeyOf } from './symbol-lookup-key.ts';
import type { SymbolSource } from './symbol-source.ts';

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

  async find(request: SymbolRequest, job: string | null = null): Promise<string | null> {
    const stored = await this.inStore(request);
    if (stored !== null) {
      this.heard('found');
      return stored;
    }
    const fetched = (await this.upstream?.fetch(request, job)) ?? false;
    const path = fetched ? await this.inStore(request) : null;
    this.heard(path === null ? 'missing' : 'upstream');
    return path;
  }

  async mend(request: SymbolRequest): Promise<string | null> {
    const key = await this.storedKey(request);
    if (key === null || this.mender === null || !(await this.mender.mend(key))) return null;
    return this.store.indexPath(key);
  }

  private async inStore(request: SymbolRequest): Promise<string | null> {
    const key = await this.storedKey(request);
    const path = key === null ? null : await this.store.indexPath(key);
    return key === null || path === null ? null : this.use(key, path);
  }

  /** The key by which symbols may be stored: that of the debug id, else that of the code id. */
  private async storedKey(request: SymbolRequest): Promise<SymbolKey | null> {
    const key = symbolKeyOf(request);
    // With a debug id of its own a module has its own symbols: only dumps without one go by the code id.
    if (key !== null) return this.storedUnder(key);
    const { codeFile, codeId } = request;
    if (codeFile === null || codeFile === '' || codeId === null || codeId === '') return null;
    return this.store.findByCodeId(lastPart(codeFile), codeId);
  }

  /**
   * The key itself, where something is stored under it; else that of a debug file with the id, whatever it is called: a dump names the
   * program, and its separate debug file has another name.
   */
  private async storedUnder(key: SymbolKey): Promise<SymbolKey> {
    if ((await this.store.indexPath(key)) !== null) return key;
    const found = (await this.store.findByDebugId(key.debugId)).find(
      (row) => row.format !== 'sym' && !isMapping(row),
    );
    return found === undefined ? key : { debugFile: found.debugFile, debugId: found.debugId };
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

function lastPart(file: string): string {
  return file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
}
