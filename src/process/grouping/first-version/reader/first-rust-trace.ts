// Rust panics as the standard hook prints them: where, what, and the backtrace where RUST_BACKTRACE asked for one.
// As version 1 read them: see first-reading.ts.
// Source: library/std/src/panicking.rs (default_hook) and library/std/src/backtrace.rs, short and full.
import { TraceBuilder, type OpenException } from '../../../../formats/trace/trace-builder.ts';
import { traceLines } from '../../../../formats/trace/trace-lines.ts';
import { type Trace, type TraceFrame, traceFrame, traceNumber } from '../../../../formats/trace/trace.ts';

// Since Rust 1.73 the message follows on lines of its own; before, it stood in quotes before the place. Since 1.89 the
// thread's number follows its name.
const PANIC = /^thread '(?:[^']*)' (?:\(\d{1,20}\) )?panicked at (.*)$/;
const OLD_PLACE = /^'(.*)', (\S.*:\d{1,9}:\d{1,9})$/;
const FRAME = /^\s*\d{1,5}:\s+(?:0x[0-9a-f]{1,16} - )?(\S.*)$/;
const AT = /^\s+at (\S.*?):(\d{1,9})(?::(\d{1,9}))?$/;
const ABORT = /^fatal runtime error: (.*)$/;
const NOTE = /^note: /;
/** `::h` and 16 digits at the end of a name tell builds apart, not functions. */
const HASH = /::h[0-9a-f]{16}$/;
const RUNTIME =
  /^(?:<?(?:std|core|alloc|test|panic_unwind)::|rust_begin_unwind$|rust_panic|__rust|_?main$|_start$|__libc_start|start_thread$|clone3?$|<.* as (?:std|core|alloc)::)/;
const INSTALLED = /^\/rustc\/|[\\/]\.cargo[\\/]registry[\\/]|[\\/]lib[\\/]rustlib[\\/]/;

/** True for a line that only a Rust panic has. */
export function isRustLine(line: string): boolean {
  return PANIC.test(line) || ABORT.test(line) || /^\s+at \S.*\.rs:\d{1,9}(?::\d{1,9})?$/.test(line);
}

/** Reads every panic of the text in its order: one that made others fail stands before them. */
export function firstRustTrace(text: string): Trace {
  const { lines, notes } = traceLines(text);
  const builder = new TraceBuilder(notes);
  const panics: { readonly panic: OpenException; readonly place: TraceFrame | null }[] = [];
  let inMessage = false;
  let inFrames = false;
  for (const line of lines) {
    const begins = PANIC.exec(line);
    if (begins !== null) {
      if (builder.full) break;
      const old = OLD_PLACE.exec(begins[1] ?? '');
      const where = old?.[2] ?? (begins[1] ?? '').replace(/:$/, '');
      panics.push({ panic: builder.exception('panic', old?.[1] ?? '', 'cause'), place: placeFrame(where) });
      inMessage = old === null;
      inFrames = false;
      continue;
    }
    const abort = ABORT.exec(line);
    if (abort !== null && panics.length === 0) {
      panics.push({ panic: builder.exception('fatal runtime error', abort[1] ?? '', 'cause'), place: null });
      continue;
    }
    const last = panics.at(-1)?.panic;
    if (last === undefined) continue;
    if (line === 'stack backtrace:') {
      inMessage = false;
      inFrames = true;
    } else if (NOTE.test(line) || abort !== null) {
      inMessage = false;
      inFrames = false;
    } else if (inFrames) {
      readFrameLine(builder, last, line);
    } else if (inMessage && !line.startsWith('[ended by ')) {
      if (last.message === '') last.message = line.slice(0, 2000);
      else builder.appendMessage(last, line);
    }
  }
  for (const [index, { panic, place }] of panics.entries()) {
    // Without a backtrace the place is all there is.
    if (panic.frames.length === 0 && place !== null) builder.frame(panic.frames, place);
    if (index === panics.length - 1) panic.link = 'thrown';
  }
  return builder.trace(
    'rust',
    panics.map(({ panic }) => panic),
  );
}

function readFrameLine(builder: TraceBuilder, panic: OpenException, line: string): void {
  const at = AT.exec(line);
  const last = panic.frames.at(-1);
  if (at !== null && last !== undefined) {
    if (last.file !== null) return;
    const file = at[1] ?? '';
    panic.frames[panic.frames.length - 1] = {
      ...last,
      file,
      line: traceNumber(at[2]),
      column: traceNumber(at[3]),
      inApp: INSTALLED.test(file) ? false : last.inApp,
      raw: `${last.raw} ${line.trim()}`,
    };
    return;
  }
  const name = FRAME.exec(line)?.[1];
  if (name === undefined) return;
  const called = name.replace(HASH, '');
  builder.frame(
    panic.frames,
    traceFrame(line, { function: called, inApp: RUNTIME.test(called) ? false : null }),
  );
}

function placeFrame(where: string): TraceFrame | null {
  const place = /^(\S.*?):(\d{1,9}):(\d{1,9})$/.exec(where);
  if (place === null) return null;
  const file = place[1] ?? '';
  return traceFrame(where, {
    file,
    line: traceNumber(place[2]),
    column: traceNumber(place[3]),
    inApp: INSTALLED.test(file) ? false : null,
  });
}
