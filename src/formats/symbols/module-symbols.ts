// What a stack walker and a symbolicator ask of one module's symbols, however these are kept. Offsets are relative to
// the module's base and always exact numbers (below 2^53).
import type { CfiProgram } from './cfi-program.ts';

/** One call that the compiler inlined, named and placed. */
export type InlinedCall = {
  readonly function: string;
  readonly file: string | null;
  readonly line: number | null;
};

/** What is known about one code address. */
export type SourceLocation = {
  readonly function: string;
  /** Offset of the function's first byte, relative to the module. */
  readonly functionOffset: number;
  /** Bytes of arguments that the function removes from the stack (x86), as its FUNC or PUBLIC record says. */
  readonly parameterSize: number;
  /** Where the name is from: a FUNC record covers the address, or a PUBLIC one is the nearest below it. */
  readonly source: 'func' | 'public';
  readonly file: string | null;
  readonly line: number | null;
  /** Calls inlined at this address, innermost first. */
  readonly inlines: readonly InlinedCall[];
};

/** The CFI that holds at one address, ready to be evaluated. */
export type CfiAt = {
  /** Offset at which the range of unwind rows starts. */
  readonly start: number;
  /** Rules by register name; later rows have already replaced earlier ones. */
  readonly rules: ReadonlyMap<string, CfiProgram>;
  /** A signal handler returns here: the caller was interrupted, so that its program counter is exact. */
  readonly signal: boolean;
};

/** One STACK WIN record that covers an address. */
export type WinFrame = {
  readonly parameterSize: number;
  readonly savedRegisterSize: number;
  readonly localSize: number;
  /** Frame data (type 4): the program string. FPO (type 0): absent. */
  readonly program: string | null;
  /** FPO only: the function allocates %ebp as a general register. */
  readonly allocatesBasePointer: boolean;
};

/** Facts about a symbol file as a whole. */
export type SymbolFileFacts = {
  readonly os: string | null;
  readonly cpu: string | null;
  /** The id of the MODULE line, upper case; null where the line is absent or its id is not one. */
  readonly debugId: string | null;
  readonly debugFile: string | null;
  /** From INFO CODE_ID. */
  readonly codeId: string | null;
  readonly codeFile: string | null;
  readonly generator: string | null;
  readonly functions: number;
  readonly publics: number;
  readonly lines: number;
  readonly inlines: number;
  readonly files: number;
  readonly cfiRanges: number;
  readonly winRanges: number;
  /** Records that contradicted an earlier one or were empty, and were left out (normal in real files). */
  readonly droppedRecords: number;
  /** Lines that could not be understood. */
  readonly skippedLines: number;
  /** Names of the debug files that the index was made from; empty where it was made from the text of a symbol file. */
  readonly madeFrom: readonly string[];
};

/** Symbols of one module. All methods are synchronous, bounded, and never throw on damaged data. */
export interface ModuleSymbols {
  readonly facts: SymbolFileFacts;
  /** Name, source line and inlined calls at `offset`; null where neither a FUNC nor a PUBLIC record matches. */
  locate(offset: number): SourceLocation | null;
  /** True where a function with a name covers `offset`, or a PUBLIC record lies below it at any distance: for scanning. */
  hasName(offset: number): boolean;
  /** True where the file has CFI or lines but neither covers `offset`: an address that nothing returns to. */
  isUncovered(offset: number): boolean;
  /** CFI rules at `offset`. */
  cfiAt(offset: number): CfiAt | null;
  /** STACK WIN frame data (type 4) at `offset`. */
  winFrameDataAt(offset: number): WinFrame | null;
  /** STACK WIN FPO data (type 0) at `offset`. */
  winFpoAt(offset: number): WinFrame | null;
}
