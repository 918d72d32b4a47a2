// What readers of debug files write: the records of one module, with addresses relative to its base. The symbol index and the
// writer of .sym text fill it.
import type { WinRecord } from './record-parser.ts';

/** Which module the records are of. */
export type SymbolIdentity = {
  /** As MODULE lines spell them: `Linux`, `windows`, `mac`; `x86_64`, `x86`, `arm64`, `arm`. */
  readonly os: string;
  readonly cpu: string;
  readonly debugId: string;
  readonly debugFile: string;
  readonly codeId: string | null;
  readonly codeFile: string | null;
  readonly generator: string;
  /** Names of the files that the records come from. */
  readonly madeFrom: readonly string[];
};

/**
 * Receives the records of one module: `identity` first; then in any order functions (each with its lines and inlined calls right
 * behind it, and the files and origins that they name before it), symbols, and unwind ranges (each with its rows by address).
 * Arrays are valid during the call only. Nothing throws; what contradicts itself is dropped and counted.
 */
export interface SymbolSink {
  identity(identity: SymbolIdentity): void;
  file(number: number, name: Uint8Array): void;
  inlineOrigin(number: number, name: Uint8Array): void;
  func(address: number, size: number, parameterSize: number, name: Uint8Array): void;
  line(address: number, size: number, line: number, file: number): boolean;
  /** `ranges`: address and size of each in turn. */
  inline(
    depth: number,
    callLine: number,
    callFile: number,
    origin: number,
    ranges: readonly number[],
  ): boolean;
  /** A name from a symbol table, for exactly `size` bytes. */
  symbol(address: number, size: number, name: Uint8Array): void;
  /** A name whose extent is unknown. */
  public(address: number, parameterSize: number, name: Uint8Array): void;
  /** `signal`: the frame was interrupted here, it did not call. */
  unwindRange(address: number, size: number, signal: boolean): void;
  /** All rules that hold from here on, as text; null where none can be given. */
  unwindRow(address: number, rules: Uint8Array | null): void;
  win(record: WinRecord): void;
}

/** The part of a sink that takes functions with their lines and inlined calls. */
export type FunctionSink = Pick<SymbolSink, 'func' | 'line' | 'inline'>;
