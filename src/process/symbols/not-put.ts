// Why the store took no symbol file, in the vocabulary of refusals: the same for every form of symbols.
import { StorageError } from '../../store/intake.ts';
import { SymbolsOfOthers } from '../../store/symbols.ts';
import { SymbolsRefused } from './symbols-refused.ts';

/** A refusal; what is the server's fault, as it was. */
export function notPut(error: unknown): unknown {
  // A name that is longer than the store's files can be called.
  if (error instanceof RangeError) return new SymbolsRefused('bad_id');
  if (error instanceof SymbolsOfOthers) return new SymbolsRefused('of_others');
  if (error instanceof StorageError && error.reason === 'full') return new SymbolsRefused('no_space');
  return error;
}
