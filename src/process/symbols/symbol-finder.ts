// Finds the index of a module's symbols: in the store by debug id, then by code id, then at upstream servers.
import type { SymbolRequest } from '../../formats/symbols/symbol-provider.ts';
import type { SymbolKey, SymbolStore } from '../../store/symbols.ts';
import { symbolKeyOf } from './symbol-key.ts';
import type { SymbolSource } from './symbol-source.ts';

/** Fetches symbols from elsewhere into the store; true: they are there now. */
export interface UpstreamFetcher {
  fetch(request: SymbolRequest): Promise<SymbolKey | null>;
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
  private readonly noted = new Map<string, number>();

  constructor(options: {
    readonly store: SymbolStore;
    readonly upstream?: UpstreamFetcher | null;
    readonly now?: () => number;
    /** Told what became of each question, for metrics. */
    readonly heard?: (result: 'found' | 'missing' | 'upstream') => void;
  }) {
    this.store = options.store;
    this.upstream = options.upstream ?? null;
    this.now = options.now ?? Date.now;
    this.heard = options.heard ?? (() => {});
  }

  async find(request: SymbolRequest): Promise<string | null> {
    const stored = await this.inStore(request);
    if (stored !== null) {
      this.heard('found');
      return stored;
    }
    const fetched = (await this.upstream?.fetch(request)) ?? null;
    const path = fetched === null ? null : await this.store.indexPath(fetched);
    this.heard(path === null ? 'missing' : 'upstream');
    return path;
  }

  private async inStore(request: SymbolRequest): Promise<string | null> {
    const key = symbolKeyOf(request);
    if (key !== null) {
      const path = await this.store.indexPath(key);
      if (path !== null) return this.use(key, path);
    }
    const { codeFile, codeId } = request;
    if (codeFile === null || codeFile === '' || codeId === null || codeId === '') return null;
    // With a debug id of its own a module has its own symbols: only dumps without one go by the code id.
    if (key !== null) return null;
    const found = await this.store.findByCodeId(lastPart(codeFile), codeId);
    const path = found === null ? null : await this.store.indexPath(found);
    return found === null || path === null ? null : this.use(found, path);
  }

  private use(key: SymbolKey, path: string): string {
    const name = `${key.debugId}/${key.debugFile}`;
    const hour = Math.floor(this.now() / HOUR_MS);
    if (this.noted.get(name) !== hour) {
      if (this.noted.size >= MAX_NOTED) this.noted.clear();
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
