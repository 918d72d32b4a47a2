// The contract of a language or tool whose traces are found in logs and read. Adding one: one file with a `TraceLanguage`,
// its name in `TRACE_FORMATS`, one line in languages.ts.
import type { Trace, TraceFormat } from './trace.ts';

/** The lines of one writer, cleaned; the reader of logs makes them. */
export interface TraceText {
  readonly lines: readonly string[];
  /** Whether a record of the log begins at a line: nothing of a trace behind it reaches back before it. */
  readonly begins: (index: number) => boolean;
}

/**
 * What the text says of the end of the program:
 * - `ended`: the run-time says that the process ends, or died (`FATAL EXCEPTION`, `panic`, a signal, a sanitizer);
 * - `thread`: nobody caught it, but the process may live on;
 * - `logged`: it was written down, and nothing says more;
 * - `handled`: it was written down as no more than a warning.
 */
export type TraceFate = 'ended' | 'thread' | 'logged' | 'handled';

/** A trace and the lines that it was read from. */
export interface FoundTrace {
  readonly trace: Trace;
  readonly first: number;
  /** Exclusive, and greater than the line that it was asked for. */
  readonly last: number;
  readonly fate: TraceFate;
  /** Lines that the language's patterns account for; what is left of the range lowers the confidence. */
  readonly understood: number;
}

/** One language or tool. */
export interface TraceLanguage {
  readonly format: TraceFormat;
  /** True for a line that begins one of its traces, or belongs to one, and that no language asked before it writes. Cheap: asked for every line. */
  readonly recognises: (line: string) => boolean;
  /**
   * Reads the trace that the recognised line `at` belongs to. It may begin before `at`, but not before `from`. Null where
   * it is none after all; a number where all lines before that one are none either, so that nobody asks for them again.
   * Bounded: it looks back at most a few dozen lines, and forward no further than what it returns plus a few dozen.
   */
  readonly find: (text: TraceText, at: number, from: number) => FoundTrace | number | null;
}
