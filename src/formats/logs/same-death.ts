// Words and stack of one death that two printers have written: a run-time that prints no stack says why, and the sanitizer, fuzzer or
// debugger that catches the process behind it says where.
import type { Trace, TraceException, TraceFrame } from '../trace/trace.ts';
import { saysOnlyTheEnd } from './choose-crash.ts';
import type { LogSegment } from './log-segment.ts';

/** Lines between the last words of a program and the stack that a tool prints of it. */
const SAME_DEATH = 40;
/** Kinds of stacks that nobody has words for. */
const HEADLESS: ReadonlySet<string> = new Set(['', 'goroutine dump', 'stack trace']);
/** Lines between words and frames that nobody else has words for. */
const NEXT = 5;

/** Gives words the stack that follows them, where it says more. `segments` are in the order of the text. */
export function joinedDeaths(segments: readonly LogSegment[]): readonly LogSegment[] {
  if (segments.length < 2) return segments;
  const joined: LogSegment[] = [];
  for (const segment of segments) {
    const before = joined.at(-1);
    const isOne = before !== undefined && (isCaught(before, segment) || isHeadless(before, segment));
    if (isOne) joined[joined.length - 1] = together(before, segment);
    else joined.push(segment);
  }
  return joined;
}

/** A tool caught the process that had just said why: its stack has names and places, which the program's own lacks. */
function isCaught(words: LogSegment, stack: LogSegment): boolean {
  if (stack.firstLine - words.lastLine > SAME_DEATH || !isNative(stack.trace)) return false;
  if ((words.fate !== 'ended' && words.fate !== 'thread') || !saysOnlyTheEnd(stack)) return false;
  // A signal that a program's own handler printed says no more than the tool does.
  if (isNative(words.trace) && saysOnlyTheEnd(words)) return false;
  return hasFrame(stack.trace, isNamed) && !hasFrame(words.trace, isPlaced)
    ? hasFrame(stack.trace, isPlaced) || !hasFrame(words.trace, isNamed)
    : false;
}

/** A tool for another language prints its finding, and the stack in the form of that language. */
function isHeadless(words: LogSegment, stack: LogSegment): boolean {
  return (
    words.fate === 'ended' &&
    stack.firstLine - words.lastLine <= NEXT &&
    HEADLESS.has(stack.trace.kind) &&
    !hasFrame(words.trace, (frame) => frame.function !== null) &&
    hasFrame(stack.trace, isNamed)
  );
}

function together(words: LogSegment, stack: LogSegment): LogSegment {
  const last = words.trace.exceptions.at(-1);
  const frames = stack.trace.exceptions.at(-1)?.frames ?? [];
  if (last === undefined) return stack;
  const exception: TraceException = { ...last, frames };
  return {
    ...words,
    trace: {
      ...words.trace,
      format: isNative(words.trace) ? stack.trace.format : words.trace.format,
      exceptions: [...words.trace.exceptions.slice(0, -1), exception],
      threads: stack.trace.threads.length > 0 ? stack.trace.threads : words.trace.threads,
      data: [...words.trace.data, ...stack.trace.data],
      modules: stack.trace.modules,
    },
    fate: 'ended',
    confidence: Math.min(words.confidence, stack.confidence),
    end: stack.end,
    lastLine: stack.lastLine,
  };
}

function isNative({ format }: Trace): boolean {
  return format === 'c++' || format === 'native';
}

function isNamed({ function: called, inApp }: TraceFrame): boolean {
  return called !== null && inApp !== false;
}

function isPlaced(frame: TraceFrame): boolean {
  return isNamed(frame) && frame.file !== null && frame.line !== null;
}

function hasFrame({ exceptions }: Trace, wanted: (frame: TraceFrame) => boolean): boolean {
  return exceptions.some(({ frames }) => frames.some(wanted));
}
