// The key that version 1 gave to a whole text. Where a text is more than the trace that was found in it, version 1 had read another one,
// or the same otherwise: bugs of that time are found by this key.
import type { Trace, TraceFormat } from '../../../formats/trace/trace.ts';
import { firstReading } from './reader/first-reading.ts';
import { type FirstProduct, firstTraceKey } from './trace-key.ts';

/** Longer texts were cut. */
const MAX_TEXT = 1024 * 1024;
/** What Android's run-time says before the exception, and what Jackson says in a message, were read as the exception and as a frame. */
const JAVA_CHANGED = /^[ \t]{0,20}FATAL EXCEPTION|^[ \t]{0,20}at \[/m;
/** Properties of an error behind its stack, and what browsers say of errors in scripts of other sites, which had no kind. */
const JAVASCRIPT_CHANGED = /\{[ \t]{0,4}\r?$|^[ \t]{0,20}Script error/m;

/** A text in which a trace was found. */
export interface FirstText {
  readonly text: string;
  /** True where the text is that trace as its run-time printed it, and nothing else. */
  readonly isBare: boolean;
  /** The language that the way in tried before any other. */
  readonly format?: TraceFormat;
}

/** Null where version 1 understood nothing, or what is understood now: its key is that of the trace (`firstTraceKey`) then. */
export function firstTextKey(
  { text, isBare, format }: FirstText,
  trace: Trace,
  product: FirstProduct,
): string | null {
  if (isBare && isReadAlike(trace, text)) return null;
  const first = firstReading(text.slice(0, MAX_TEXT), format);
  return first === null ? null : firstTraceKey(first, product);
}

/** Languages of which the whole trace is read as it was; a second reading would cost as much as the first. */
function isReadAlike({ format, dialect, kind }: Trace, text: string): boolean {
  if (format === 'go' || format === 'python') return true;
  if (format === 'java') return !JAVA_CHANGED.test(text);
  return format === 'javascript' && dialect === 'v8' && kind !== '' && !JAVASCRIPT_CHANGED.test(text);
}
