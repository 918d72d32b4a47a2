// What writing the functions of debug information needs from the image around it.
import type { FunctionSink } from '../../symbols/symbol-sink.ts';
import type { CodeRanges } from '../code-ranges.ts';
import type { FunctionSymbols } from '../function-symbols.ts';
import type { Note } from '../debug-file.ts';
import type { RecordNumbers } from '../record-numbers.ts';
import type { SplitUnits } from './split-units.ts';

/** Where functions go, and where the image has its code and its symbols. */
export type DwarfTarget = {
  readonly sink: FunctionSink;
  readonly numbers: RecordNumbers;
  readonly code: CodeRanges;
  /** Where sequences of lines may begin; as `code` where absent. */
  readonly lineCode?: CodeRanges;
  /** Address as linked of offset 0. */
  readonly base: number;
  readonly note: Note;
  readonly isOver: () => boolean;
  /** Split units that belong to skeletons of the file. */
  readonly split: SplitUnits | null;
  /** Symbols of functions: they name code that has lines and no entry. */
  readonly symbols: readonly FunctionSymbols[];
};
