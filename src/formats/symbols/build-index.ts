// Whole symbol files in memory at once, for programs that use Mayday as a library. Streams use SymbolIndexBuilder.
import { joinBytes } from '../../base/bytes.ts';
import { SymbolIndexBuilder } from './index-builder.ts';
import { openSymbolIndex } from './indexed-symbols.ts';
import type { ModuleSymbols, SymbolFileFacts } from './module-symbols.ts';
import { type BlockCache, inMemory } from './random-access.ts';

/** The index of a symbol file, and what the file says about itself. */
export function buildSymbolIndex(sym: Uint8Array): { index: Uint8Array; facts: SymbolFileFacts } {
  const parts: Uint8Array[] = [];
  const builder = new SymbolIndexBuilder((bytes) => parts.push(bytes));
  builder.write(sym);
  const facts = builder.end();
  return { index: joinBytes(parts), facts };
}

/** The symbols of a symbol file, indexed in memory. */
export function symbolsFromText(sym: Uint8Array | string, cache?: BlockCache): ModuleSymbols {
  const { index } = buildSymbolIndex(typeof sym === 'string' ? new TextEncoder().encode(sym) : sym);
  const symbols = openSymbolIndex(inMemory(index), cache);
  if (typeof symbols === 'string') throw new Error(`an index that was just built is ${symbols}`);
  return symbols;
}
