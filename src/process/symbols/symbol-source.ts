// Where the index of a module's symbols is: the question that worker threads ask the main thread, which has the store.
import type { SymbolRequest } from '../../formats/symbols/symbol-provider.ts';
import type { Users } from './usable-symbols.ts';

/** For what symbols are wanted. */
export type SymbolErrand = {
  /** A name that all questions of one report have in common; what servers may cost is counted by it. */
  readonly job?: string;
  /** Whose symbols may answer; absent or null: everybody's. */
  readonly users?: Users;
};

/** Finds index files for modules. */
export interface SymbolSource {
  /**
   * Path of an index file that this process can read; null where there are no symbols that may be used. Rejects where the store fails.
   */
  find(request: SymbolRequest, errand?: SymbolErrand): Promise<string | null>;
  /** The index that `find` gave cannot be used: makes it anew; null where that does not help. Rejects as `find` does. */
  mend(request: SymbolRequest, errand?: SymbolErrand): Promise<string | null>;
}
