// Finds where a trace begins and ends in a log: from a line that is certainly its own back to its header, and forward over
// its frames, causes and messages.
import type { TraceText } from './trace-language.ts';

/** How lines of a language look. All of them are asked for single lines, without context. */
export interface TraceShape {
  readonly isFrame: (line: string) => boolean;
  /** Lines among and behind the frames that belong to the trace: `... 3 more`, source lines. */
  readonly isInside?: (line: string) => boolean;
  /** The head of a further exception of the same trace: `Caused by: …`. */
  readonly isChained?: (line: string) => boolean;
  /**
   * Where in the line an exception's head begins, or -1. A head that is `sure` has the full shape of the language's
   * exceptions; one that is not stands at the start of its line and could be other text.
   */
  readonly header: (line: string) => { readonly at: number; readonly sure: boolean } | null;
  /** Blank lines that may stand between a sure head and its first frame, as in messages that show a difference; 1 unless said. */
  readonly blanksInMessage?: number;
}

/** The lines of a trace. */
export interface TraceExtent {
  readonly first: number;
  /** The column at which the head begins in the first line: what stands before it is the log's. */
  readonly column: number;
  readonly last: number;
  readonly understood: number;
  /** False where the frames have no head. */
  readonly headed: boolean;
}

/** Lines of a message between a head and its first frame. */
const MAX_MESSAGE = 60;

/** The extent around the line `at`, which is a frame, a chained head, or a head. */
export function traceExtent(
  { lines, begins }: TraceText,
  at: number,
  from: number,
  shape: TraceShape,
): TraceExtent {
  const isBody =
    shape.isFrame(lines[at] ?? '') ||
    shape.isChained?.(lines[at] ?? '') === true ||
    shape.isInside?.(lines[at] ?? '') === true;
  const head = isBody
    ? headBefore({ lines, begins }, at, from, shape)
    : { line: at, column: shape.header(lines[at] ?? '')?.at ?? 0 };
  let last = at + 1;
  let understood = (head === null || head.line === at ? 0 : 1) + 1;
  let message = isBody ? -1 : 0;
  let unread = 0;
  for (let index = at + 1; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if (begins(index)) break;
    if (shape.isFrame(line) || shape.isInside?.(line) === true) message = -1;
    else if (shape.isChained?.(line) === true) message = 0;
    else if (line.trim() === '') {
      // A blank line is part of a message, or of what joins two exceptions, only where the trace goes on behind it.
      if (!goesOn(lines, index + 1, shape)) break;
      continue;
    } else {
      message = message < 0 ? -1 : message + 1;
      if (message < 0 || message > MAX_MESSAGE || shape.header(line)?.sure === true) break;
      unread += 1;
      continue;
    }
    // The lines of a message are accounted for where the trace goes on behind them.
    understood += 1 + unread;
    unread = 0;
    last = index + 1;
  }
  const first = head?.line ?? at;
  // The lines of a message are accounted for, too.
  const spoken = head === null ? 0 : Math.min(at - head.line, MAX_MESSAGE);
  return {
    first,
    column: head?.column ?? 0,
    last,
    understood: understood + Math.max(0, spoken - 1),
    headed: head !== null,
  };
}

function goesOn(lines: readonly string[], index: number, shape: TraceShape): boolean {
  const next = lines[index] ?? '';
  const line = next.trim() === '' ? (lines[index + 1] ?? '') : next;
  return shape.isFrame(line) || shape.isChained?.(line) === true;
}

/** The head that belongs to the frame at `at`: the farthest that is sure within its record, else the nearest that could be one. */
function headBefore(
  { lines, begins }: TraceText,
  at: number,
  from: number,
  shape: TraceShape,
): { readonly line: number; readonly column: number } | null {
  let sure: { line: number; column: number } | null = null;
  let possible: { line: number; column: number } | null = null;
  let blanks = 0;
  // No record begins with a frame: loggers that write an error and its stack as two records mean one trace.
  if (begins(at) && at > from) {
    const header = shape.header(lines[at - 1] ?? '');
    return header?.sure === true ? { line: at - 1, column: header.at } : null;
  }
  for (let index = at - 1; index >= from && index >= at - MAX_MESSAGE; index -= 1) {
    const line = lines[index] ?? '';
    if (line.trim() === '') {
      blanks += 1;
      // Behind so many blank lines, or one above a head that was found, stands something else.
      if (blanks > (shape.blanksInMessage ?? 1) || sure !== null || possible !== null) break;
      continue;
    }
    const header = shape.header(line);
    if (header?.sure === true) sure = { line: index, column: header.at };
    else if (header !== null && blanks < 2) possible ??= { line: index, column: header.at };
    else if (shape.isFrame(line)) break;
    if (begins(index)) break;
  }
  return sure ?? possible;
}

/** The lines of an extent as its parser wants them: the head first, without the log's words before it. */
export function linesOf(lines: readonly string[], { first, column, last }: TraceExtent): string {
  const text = lines.slice(first, last);
  if (column > 0) text[0] = (text[0] ?? '').slice(column);
  return text.join('\n');
}
