// A symbol provider over folders laid out as Breakpad does it: `<debug file>/<DEBUG ID>/<name>.sym`, also compressed.
// An index beside the file (`<name>.sym.index`) is used as it is; without one, the file is indexed in memory.
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { openSymbolIndex } from '../../formats/symbols/indexed-symbols.ts';
import type { ModuleSymbols } from '../../formats/symbols/module-symbols.ts';
import { BlockCache, inPieces } from '../../formats/symbols/random-access.ts';
import { PIECE_BYTES } from '../../formats/symbols/record-output.ts';
import { symbolPaths } from '../../formats/symbols/symbol-path.ts';
import type { SymbolProvider, SymbolRequest } from '../../formats/symbols/symbol-provider.ts';
import { FileAccess } from './file-access.ts';
import { INDEX_SUFFIX, indexSymbolFile } from './index-symbol-file.ts';

/** What a symbol file may be called. */
const ENDINGS = ['', '.gz', '.zst'];

/** Options of a directory provider. */
export type DirectorySymbolsOptions = {
  /** Folders, first match wins. */
  readonly roots: readonly string[];
  /** Shared with other providers of the process; by default its own. */
  readonly cache?: BlockCache;
};

/** Symbols from folders. Modules stay open, and answer faster the second time, until `close`. */
export class DirectorySymbols implements SymbolProvider {
  private readonly roots: readonly string[];
  private readonly cache: BlockCache;
  private readonly modules = new Map<string, ModuleSymbols>();
  private readonly files: FileAccess[] = [];

  constructor({ roots, cache = new BlockCache() }: DirectorySymbolsOptions) {
    this.roots = roots;
    this.cache = cache;
  }

  /** Opens an index synchronously; a symbol file without one takes a promise. */
  load(request: SymbolRequest): ModuleSymbols | null | Promise<ModuleSymbols | null> {
    const file = this.find(request);
    if (file === null) return null;
    return this.modules.get(file) ?? this.openIndex(file) ?? this.buildIndex(file);
  }

  /** Closes all files; symbols that were given out answer no more than their caches know. */
  close(): void {
    for (const file of this.files) file.close();
    this.files.length = 0;
    this.modules.clear();
  }

  private find(request: SymbolRequest): string | null {
    for (const [debugFile, id, symFile] of symbolPaths(request)) {
      for (const root of this.roots) {
        // Most modules of a dump have no symbols at all: one question is enough for them.
        if (!existsSync(path.join(root, debugFile))) continue;
        // Some tools write ids in lower case.
        for (const folder of [id, id.toLowerCase()]) {
          for (const ending of ENDINGS) {
            const file = path.join(root, debugFile, folder, symFile + ending);
            if (existsSync(file)) return file;
          }
        }
      }
    }
    return null;
  }

  private openIndex(file: string): ModuleSymbols | null {
    const index = file + INDEX_SUFFIX;
    const written = statSync(index, { throwIfNoEntry: false });
    if (written === undefined || written.mtimeMs < statSync(file).mtimeMs) return null;
    const access = new FileAccess(index);
    const symbols = openSymbolIndex(access, this.cache);
    // Another version of Mayday wrote it, or it is damaged: the symbol file itself is still there.
    if (typeof symbols === 'string') {
      access.close();
      return null;
    }
    this.files.push(access);
    this.modules.set(file, symbols);
    return symbols;
  }

  private async buildIndex(file: string): Promise<ModuleSymbols | null> {
    const pieces: Uint8Array[] = [];
    await indexSymbolFile(file, (bytes) => pieces.push(bytes));
    const symbols = openSymbolIndex(inPieces(pieces, PIECE_BYTES), this.cache);
    if (typeof symbols === 'string') return null;
    this.modules.set(file, symbols);
    return symbols;
  }
}
