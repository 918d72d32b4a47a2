// Where the index of a module's symbols is: the question that worker threads ask the main thread, which has the store.
import type { SymbolRequest } from '../../formats/symbols/symbol-provider.ts';

/** Finds index files for modules. */
export interface SymbolSource {
  /**
   * Path of an index file that this process can read; null where there are no symbols. Rejects where the store fails. `job`: a name that
   * all questions of one report have in common; what servers may cost is counted by it.
   */
  find(request: SymbolRequest, job?: string): Promise<string | null>;
  /** The index that `find` gave cannot be used: makes it anew; null where that does not help. Rejects as `find` does. */
  mend(request: SymbolRequest): Promise<string | null>;
}
