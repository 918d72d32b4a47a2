// Symbols for offline work: trees of Breakpad symbol files on this machine, `<file>/<ID>/<file>.sym`, also gzipped.
// Each file that a dump asks for is indexed in memory, read in pieces, so that only its index is held.
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { SymbolIndexBuilder } from '../formats/symbols/index-builder.ts';
import { openSymbolIndex } from '../formats/symbols/indexed-symbols.ts';
import type { ModuleSymbols } from '../formats/symbols/module-symbols.ts';
import { inMemory } from '../formats/symbols/random-access.ts';
import { symbolPaths } from '../formats/symbols/symbol-path.ts';
import type { SymbolProvider, SymbolRequest } from '../formats/symbols/symbol-provider.ts';

const CHUNK_BYTES = 1024 * 1024;
const MAX_UNZIPPED_BYTES = 2 * 1024 * 1024 * 1024;

/** A symbol provider over folders, asked in the order given; one module is indexed once, however many dumps use it. */
export class SymbolDirectories implements SymbolProvider {
  readonly #roots: readonly string[];
  readonly #loaded = new Map<string, ModuleSymbols>();

  constructor(roots: readonly string[]) {
    this.#roots = roots;
  }

  load(request: SymbolRequest): ModuleSymbols | null {
    const file = this.#find(request);
    if (file === null) return null;
    const known = this.#loaded.get(file);
    if (known !== undefined) return known;
    const symbols = openSymbolIndex(inMemory(indexFile(file)));
    if (typeof symbols === 'string') return null;
    this.#loaded.set(file, symbols);
    return symbols;
  }

  #find(request: SymbolRequest): string | null {
    for (const root of this.#roots) {
      for (const [name, id, symFile] of symbolPaths(request)) {
        // Trees are written with upper-case ids; some tools write lower case.
        for (const folder of [id, id.toLowerCase()]) {
          const file = path.join(root, name, folder, symFile);
          const found = [file, `${file}.gz`].find((candidate) => existsSync(candidate));
          if (found !== undefined) return found;
        }
      }
    }
    return null;
  }
}

function indexFile(file: string): Uint8Array {
  const parts: Uint8Array[] = [];
  const builder = new SymbolIndexBuilder((bytes) => parts.push(bytes));
  if (file.endsWith('.gz')) {
    builder.write(gunzipSync(readFileSync(file), { maxOutputLength: MAX_UNZIPPED_BYTES }));
  } else {
    const descriptor = openSync(file, 'r');
    try {
      for (;;) {
        const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
        const size = readSync(descriptor, chunk, 0, CHUNK_BYTES, null);
        if (size === 0) break;
        builder.write(chunk.subarray(0, size));
      }
    } finally {
      closeSync(descriptor);
    }
  }
  builder.end();
  return Buffer.concat(parts);
}
