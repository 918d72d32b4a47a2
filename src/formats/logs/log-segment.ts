// What the reader of logs finds in a text: traces with their place in the original, and which of them is the crash.
import type { TraceFate } from '../trace/trace-language.ts';
import type { Trace } from '../trace/trace.ts';

/** One trace in a text. */
export interface LogSegment {
  readonly trace: Trace;
  readonly fate: TraceFate;
  /** 0 to 1: how much of the segment's lines its parser understood. */
  readonly confidence: number;
  /** Range of characters in the text that was read, `end` exclusive: whole lines, prefixes included. */
  readonly start: number;
  readonly end: number;
  /** The first line and the last, from 1. */
  readonly firstLine: number;
  readonly lastLine: number;
}

/** Everything that was found in a text. */
export interface LogReading {
  /** In the order of the text. */
  readonly segments: readonly LogSegment[];
  /** The segment that is the crash; null where nothing was understood. */
  readonly crash: LogSegment | null;
  /** True where the text is one trace as its run-time printed it, and nothing else. */
  readonly isBare: boolean;
  /** Why there is no crash, of a closed vocabulary; null exactly where there is one. */
  readonly problem: string | null;
  /** What was cut or left out. */
  readonly notes: readonly string[];
}
