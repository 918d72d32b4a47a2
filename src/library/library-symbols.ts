// `mayday/symbols`: names for addresses, from Breakpad symbol files and from the indexes that Mayday makes of them and of debug files.
// Works in browsers.
export { buildSymbolIndex, symbolsFromText } from '../formats/symbols/build-index.ts';
export { SymbolIndexBuilder } from '../formats/symbols/index-builder.ts';
export { openSymbolIndex } from '../formats/symbols/indexed-symbols.ts';
export { MemorySymbols } from '../formats/symbols/memory-symbols.ts';
export type {
  CfiAt,
  InlinedCall,
  ModuleSymbols,
  SourceLocation,
  SymbolFileFacts,
} from '../formats/symbols/module-symbols.ts';
export { BlockCache, inMemory, type RandomAccess } from '../formats/symbols/random-access.ts';
export {
  SymbolBudgetError,
  type SymbolProvider,
  type SymbolRequest,
} from '../formats/symbols/symbol-provider.ts';
export { symbolicateV4, symbolicateV5 } from '../formats/symbols/symbolicate.ts';
