// A symbol provider over symbol files in memory.
import { symbolsFromText } from './build-index.ts';
import type { ModuleSymbols } from './module-symbols.ts';
import { symbolPath, symbolPaths } from './symbol-path.ts';
import type { SymbolProvider, SymbolRequest } from './symbol-provider.ts';

/** Symbol files by debug file and id. */
export class MemorySymbols implements SymbolProvider {
  private readonly modules = new Map<string, ModuleSymbols>();

  /** Adds a symbol file under the names of its MODULE line, or under those given; false where it has none. */
  add(sym: Uint8Array | string, names: { debugFile?: string; debugId?: string } = {}): boolean {
    const symbols = symbolsFromText(sym);
    const debugFile = names.debugFile ?? symbols.facts.debugFile;
    const debugId = names.debugId ?? symbols.facts.debugId;
    const path = debugFile === null || debugId === null ? null : symbolPath(debugFile, debugId);
    if (path === null) return false;
    this.modules.set(path.join('/'), symbols);
    return true;
  }

  load(request: SymbolRequest): ModuleSymbols | null {
    for (const path of symbolPaths(request)) {
      const symbols = this.modules.get(path.join('/'));
      if (symbols !== undefined) return symbols;
    }
    return null;
  }
}
