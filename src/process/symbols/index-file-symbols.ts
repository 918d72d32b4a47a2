// A symbol provider over index files: opened once, read by small blocks, kept while they are used. One for each thread;
// each dump or request takes its own budget from it.
import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { openSymbolIndex } from '../../formats/symbols/indexed-symbols.ts';
import type { ModuleSymbols } from '../../formats/symbols/module-symbols.ts';
import { BlockCache } from '../../formats/symbols/random-access.ts';
import {
  SymbolBudgetError,
  type SymbolProvider,
  type SymbolRequest,
} from '../../formats/symbols/symbol-provider.ts';
import { FileAccess } from './file-access.ts';
import type { SymbolErrand, SymbolSource } from './symbol-source.ts';
import type { Users } from './usable-symbols.ts';

/** What all jobs of a thread share, in open files and bytes of blocks. */
export type IndexFileOptions = {
  readonly source: SymbolSource;
  readonly maxOpenFiles?: number;
  readonly maxCacheBytes?: number;
};

/** What one job may take. */
export type JobBudget = {
  /** Whose symbols; absent: everybody's. */
  readonly users?: Users;
  readonly maxModules?: number;
  readonly maxReadBytes?: number;
};

type OpenIndex = { readonly access: FileAccess; readonly symbols: ModuleSymbols };

/** Symbols from index files that a source names. */
export class IndexFileSymbols {
  private readonly source: SymbolSource;
  private readonly maxOpenFiles: number;
  private readonly cache: BlockCache;
  /** Least recently used first. */
  private readonly open = new Map<string, OpenIndex>();

  constructor({ source, maxOpenFiles = 128, maxCacheBytes = 64 * 1024 * 1024 }: IndexFileOptions) {
    this.source = source;
    this.maxOpenFiles = maxOpenFiles;
    this.cache = new BlockCache({ maxBytes: maxCacheBytes });
  }

  /** The provider of one dump or request. A later job may close files that an earlier one still holds. */
  forJob({ users = null, maxModules = 64, maxReadBytes = 2 * 1024 ** 3 }: JobBudget = {}): SymbolProvider {
    const readBefore = this.cache.bytesRead;
    let modules = 0;
    const errand = { job: randomUUID(), users };
    return {
      load: async (request: SymbolRequest): Promise<ModuleSymbols | null> => {
        const file = await this.source.find(request, errand);
        if (file === null) return null;
        if (modules >= maxModules)
          throw new SymbolBudgetError(`more than ${maxModules} modules with symbols`);
        if (this.cache.bytesRead - readBefore > maxReadBytes) {
          throw new SymbolBudgetError(`more than ${maxReadBytes} bytes of symbols`);
        }
        modules++;
        return this.openOrMend(file, request, errand);
      },
    };
  }

  /** Closes everything. */
  close(): void {
    for (const { access } of this.open.values()) access.close();
    this.open.clear();
  }

  /** An index of another version, damaged or lost, is made anew of the text that is stored with it. */
  private async openOrMend(
    file: string,
    request: SymbolRequest,
    errand: SymbolErrand,
  ): Promise<ModuleSymbols> {
    try {
      return this.openFile(file);
    } catch (error) {
      const mended = await this.source.mend(request, errand);
      if (mended === null) throw error;
      return this.openFile(mended);
    }
  }

  private openFile(file: string): ModuleSymbols {
    // A file that was replaced has other symbols under the same path.
    const { ino, size, mtimeMs } = statSync(file);
    const key = `${file}:${ino}:${size}:${mtimeMs}`;
    const known = this.open.get(key);
    if (known !== undefined) {
      this.open.delete(key);
      this.open.set(key, known);
      return known.symbols;
    }
    const access = new FileAccess(file);
    const symbols = openSymbolIndex(access, this.cache);
    if (typeof symbols === 'string') {
      access.close();
      throw new Error(`the index of the symbols is unusable (${symbols})`);
    }
    this.open.set(key, { access, symbols });
    for (const [oldest, dropped] of this.open) {
      if (this.open.size <= this.maxOpenFiles) break;
      dropped.access.close();
      this.open.delete(oldest);
    }
    return symbols;
  }
}
