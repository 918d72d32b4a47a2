// Panic logs of Go programs: the runtime's own output, and the version and time lines that a monitor puts before it.
import { goFrame, goFunction, type GoNames } from './go-frame.ts';
import { type GoVersionLine, readGoVersionLine } from '../../base/go-version-line.ts';
import { TraceBuilder, type OpenException } from './trace-builder.ts';
import { type TraceLines, traceLines } from './trace-lines.ts';
import type { Trace, TraceFrame, TraceThread } from './trace.ts';

// What the runtime begins with: gopanic, throw, printed diagnostics, a signal that it does not handle, SIGQUIT.
const START = /^(?:(panic|fatal error|runtime|SIG[A-Z]{2,8}):(?: (.*))?|(unexpected fault address) (.*))$/;
const GOROUTINE = /^goroutine (\d{1,20})(?: gp=\S+)?(?: m=\S+)?(?: mp=\S+)? \[([^\]]*)\]:?/;
const RUNTIME_STACK = /^runtime stack:\s*$/;
const PANIC_AT = /^Panic at (\S+)/;
const SIGNAL = /^\[signal (.*)\]$/;
const CREATED_BY = /^created by (.+?)(?: in goroutine \d{1,20})?$/;
const REPANIC = / \[recovered(?:, repanicked|, reraised)?\]$/;
const POSITION = /^\s+\S/;
const MAX_THREADS = 10_000;

/** Asked for every line: the first character tells most of them apart. */
function isThreadHead(line: string): boolean {
  const code = line.charCodeAt(0);
  return code === 103 ? GOROUTINE.test(line) : code === 114 && RUNTIME_STACK.test(line);
}

function isPanicAt(line: string): boolean {
  return line.charCodeAt(0) === 80 && PANIC_AT.test(line);
}

/** A panic log. The crashing goroutine's frames are those of the last exception. */
export interface GoTrace extends Trace {
  readonly version: GoVersionLine | null;
  /** The time of `Panic at`, as written. */
  readonly panickedAt: string | null;
  /** The first line of the runtime's output, which names the crash; null where the text has none. */
  readonly subject: string | null;
  /** The `[signal …]` text: `SIGSEGV: segmentation violation code=0x1 addr=0x18 pc=0x457922a`. */
  readonly signal: string | null;
}

/** A thread that is being read. */
interface OpenThread {
  readonly name: string;
  readonly state: string;
  readonly frames: TraceFrame[];
  createdBy: TraceFrame | null;
}

/**
 * Reads a panic log. The runtime's output begins at the first line that it could have printed after `Panic at`, or,
 * where there is no such line, anywhere in the text. All goroutines are kept; the first one that the runtime prints
 * is the one that crashed (`runtime stack:` is the scheduler's own, and crashed where there is no other).
 */
export function parseGoPanic(text: string): GoTrace {
  return parseGoLines(traceLines(text));
}

/** The same of lines that were cut and bounded before. */
export function parseGoLines({ lines, notes }: TraceLines): GoTrace {
  const builder = new TraceBuilder(notes);
  const panicAt = lines.findIndex((line) => isPanicAt(line));
  const after = lines.findIndex((line, index) => index > panicAt && START.test(line));
  const start = after >= 0 ? after : lines.findIndex((line) => START.test(line));
  if (start < 0) builder.note('no panic line found');
  const firstThread = lines.findIndex((line) => isThreadHead(line));
  const from = start >= 0 ? start : firstThread;

  const panics = start < 0 ? [] : readPanics(builder, lines, start);
  const signal = panics.length === 0 ? null : findSignal(lines, start);
  const threads = from < 0 ? [] : readThreads(builder, lines, from);
  const crashed = threads.find(({ name }) => name !== 'runtime stack') ?? threads[0];
  const last = panics.at(-1);
  if (last !== undefined && crashed !== undefined) last.frames.push(...crashed.frames);
  const trace = builder.trace('go', panics, {
    threads: threads.map((thread): TraceThread => Object.assign(thread, { crashed: thread === crashed })),
  });
  return {
    ...trace,
    version: firstVersion(lines, start),
    panickedAt: panicAt < 0 ? null : (PANIC_AT.exec(lines[panicAt] ?? '')?.[1] ?? null),
    subject: start < 0 ? null : (lines[start] ?? '').trimEnd(),
    signal,
  };
}

/** The version stands on the first line that is not blank; monitors also write it a few lines into their log. */
function firstVersion(lines: readonly string[], start: number): GoVersionLine | null {
  for (const line of lines.slice(0, start < 0 ? 50 : Math.min(start, 50))) {
    const version = readGoVersionLine(line);
    if (version !== null) return version;
  }
  return null;
}

/**
 * The panics from `start` on, in the order in which they were raised: a deferred function may panic again, and the
 * runtime prints `panic: first [recovered]` and an indented `panic: second`. A printed diagnostic (`runtime: …`) comes
 * before the `fatal error:` that it explains.
 */
function readPanics(builder: TraceBuilder, lines: readonly string[], start: number): OpenException[] {
  const panics: OpenException[] = [];
  let current: OpenException | null = null;
  for (const line of lines.slice(start)) {
    if (isThreadHead(line)) break;
    const match = START.exec(line.trimStart());
    if (match !== null && !(match[1] === 'runtime' && current !== null)) {
      if (builder.full) break;
      const kind = match[1] ?? match[3] ?? '';
      current = builder.exception(kind, (match[2] ?? match[4] ?? '').replace(REPANIC, ''), 'cause');
      panics.push(current);
    } else if (current !== null && line.trim() !== '' && !SIGNAL.test(line) && !PANIC_AT.test(line)) {
      builder.appendMessage(current, line.replace(REPANIC, ''));
    }
  }
  const last = panics.at(-1);
  if (last !== undefined) last.link = 'thrown';
  return panics;
}

function findSignal(lines: readonly string[], start: number): string | null {
  for (const line of lines.slice(start)) {
    const match = SIGNAL.exec(line);
    if (match !== null) return match[1] ?? null;
    if (GOROUTINE.test(line)) return null;
  }
  return null;
}

function readThreads(builder: TraceBuilder, lines: readonly string[], from: number): OpenThread[] {
  const threads: OpenThread[] = [];
  const names: GoNames = new Map();
  let thread: OpenThread | null = null;
  let call: Call | null = null;
  for (const line of lines.slice(from)) {
    if (isThreadHead(line)) {
      const header = GOROUTINE.exec(line);
      if (thread !== null && call !== null) addCall(builder, thread, { call, position: null, names });
      call = null;
      thread = null;
      if (threads.length >= MAX_THREADS) {
        builder.note(`only the first ${MAX_THREADS} goroutines were read`);
        break;
      }
      thread = {
        name: header === null ? 'runtime stack' : `goroutine ${header[1] ?? ''}`,
        state: header?.[2] ?? '',
        frames: [],
        createdBy: null,
      };
      threads.push(thread);
      continue;
    }
    if (thread === null) continue;
    if (call !== null && POSITION.test(line)) {
      addCall(builder, thread, { call, position: line, names });
      call = null;
      continue;
    }
    if (call !== null) addCall(builder, thread, { call, position: null, names });
    call = callOf(line);
    if (call !== null) continue;
    if (/^\.\.\.(?:additional|\d+) frames elided\.\.\./.test(line))
      builder.note('the runtime left frames out');
    // A blank line ends a goroutine; what follows (registers, exit status) belongs to none.
    if (line.trim() === '') thread = null;
  }
  if (thread !== null && call !== null) addCall(builder, thread, { call, position: null, names });
  return threads;
}

/** A line that names a function, which the next line may give the place of. */
interface Call {
  readonly line: string;
  /** Null where only `created by` tells that it is one. */
  readonly name: string | null;
}

function callOf(line: string): Call | null {
  const name = goFunction(line);
  if (name !== null) return { line, name };
  return line.startsWith('created by ') && CREATED_BY.test(line) ? { line, name: null } : null;
}

function addCall(
  builder: TraceBuilder,
  thread: OpenThread,
  {
    call,
    position,
    names,
  }: { readonly call: Call; readonly position: string | null; readonly names: GoNames },
): void {
  const { line, name } = call;
  const creator = line.startsWith('created by ') ? CREATED_BY.exec(line) : null;
  if (creator !== null) thread.createdBy = goFrame(creator[1] ?? '', position, names);
  else builder.frame(thread.frames, goFrame(line, position, names, name));
}
