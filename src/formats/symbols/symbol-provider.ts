// Where a walk gets symbols from. Implementations decide about storage, network and budgets; formats/ never does.
import type { ModuleSymbols } from './module-symbols.ts';

/** The ids by which symbols are found; names are as the dump has them, and are never to be used as paths. */
export type SymbolRequest = {
  readonly debugFile: string | null;
  /** Breakpad form: 32 hex digits and the age. */
  readonly debugId: string | null;
  readonly codeFile: string | null;
  readonly codeId: string | null;
};

/** What a provider rejects with where a job has used up its share: the walk goes on without these symbols and says so. */
export class SymbolBudgetError extends Error {}

/** A source of symbols for modules. */
export interface SymbolProvider {
  /**
   * Called at most once for each module of a dump, when the first frame or scan candidate falls into it. Gives the
   * symbols, or null where there are none. A synchronous answer costs a walk nothing; a promise makes it wait. A
   * rejected promise counts as "no symbols" and leaves a note; with a `SymbolBudgetError` as symbols that were left out.
   */
  load(request: SymbolRequest): ModuleSymbols | null | Promise<ModuleSymbols | null>;
}
