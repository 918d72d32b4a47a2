// How version 1 read the last words of C and C++ programs: an exception that nobody caught, a failed assertion, what the C library or a
// sanitizer found. Only for the keys that it gave: bugs of that time are found by them.
import { TraceBuilder, type OpenException } from '../../../../formats/trace/trace-builder.ts';
import { traceLines } from '../../../../formats/trace/trace-lines.ts';
import { type Trace, type TraceFrame, traceFrame, traceNumber } from '../../../../formats/trace/trace.ts';

const THROWN = /^terminate called after throwing an instance of '(.*)'$/;
const TERMINATED = /^terminate called (without an active exception|recursively)/;
const WHAT = /^ {2}what\(\): {2}?(.*)$/;
const LIBCXXABI =
  /^libc\+\+abi(?:\.dylib)?: terminating(?: due to| with)?(?: an)?(?: uncaught)?(?: foreign)? ?(?:exception)?(?: of type ([^:]*(?:::[^:]+)*?))?(?:: (.*))?$/;
// program: file.cc:12: void shop::order(int): Assertion `n > 0' failed.
const ASSERTION = /^(?:\S.*?: )?(\S[^:]*):(\d{1,9}): (.*): Assertion [`'](.*)' failed\.$/;
const FORTIFY =
  /^\*\*\* (.*?)(?: \*\*\*)?: .*(?:terminated|detected|corruption|aborted).*$|^\*\*\* (.*) \*\*\*$/;
const SANITIZER = /^==\d+==\s?ERROR: (\w+Sanitizer): (.*)$/;
const FRAME = /^\s+#\d{1,5} 0x[0-9a-f]{1,16} in (\S.*)$/;
const PLACE = /^(\S*?[^\s\d:]):(\d{1,9})(?::(\d{1,9}))?$/;
/** The patterns with two open ends meet no longer line: with hostile ones they would take quadratic time. */
const MAX_OPEN_LINE = 500;
const RUNTIME =
  /^(?:__libc_start|_start$|start_thread$|clone3?$|__(?:asan|interceptor|sanitizer)_|operator (?:new|delete))/;

/** True for a line that version 1 took for such. */
export function isCppLine(line: string): boolean {
  return (
    THROWN.test(line) ||
    TERMINATED.test(line) ||
    line.startsWith('libc++abi: terminating') ||
    SANITIZER.test(line) ||
    (line.length <= MAX_OPEN_LINE && (ASSERTION.test(line) || FORTIFY.test(line)))
  );
}

/** Reads the first words of an end; further ones of the same text, such as that of abort(), follow from it. */
export function firstCppWords(text: string): Trace {
  const { lines, notes } = traceLines(text);
  const builder = new TraceBuilder(notes);
  let end: OpenException | null = null;
  for (const line of lines) {
    if (end === null) {
      end = beginning(builder, line);
      continue;
    }
    const what = WHAT.exec(line);
    if (what !== null && end.message === '') end.message = what[1] ?? '';
    const frame = FRAME.exec(line);
    if (frame !== null) {
      builder.frame(end.frames, sanitizerFrame(line, frame[1] ?? ''));
    } else if (end.frames.length > 0) {
      // A sanitizer goes on with the stacks of the allocation and of the release.
      break;
    }
  }
  return builder.trace('c++', end === null ? [] : [end]);
}

function beginning(builder: TraceBuilder, line: string): OpenException | null {
  const thrown = THROWN.exec(line);
  if (thrown !== null) return builder.exception(thrown[1] ?? '', '');
  const terminated = TERMINATED.exec(line);
  if (terminated !== null) return builder.exception('terminate', terminated[1] ?? '');
  const abi = line.startsWith('libc++abi') ? LIBCXXABI.exec(line) : null;
  if (abi !== null) return builder.exception(abi[1] ?? 'terminate', abi[2] ?? '');
  const sanitizer = SANITIZER.exec(line);
  // The addresses differ in every run.
  if (sanitizer !== null)
    return builder.exception(
      sanitizer[1] ?? '',
      (sanitizer[2] ?? '').replace(/ (?:on|at) .*0x[0-9a-f]+.*$/, ''),
    );
  if (line.length > MAX_OPEN_LINE) return null;
  const assertion = ASSERTION.exec(line);
  if (assertion !== null) {
    const failed = builder.exception('assertion failed', assertion[4] ?? '');
    const called = assertion[3] ?? '';
    const name = /([\w:~<>,*&]+)\(/.exec(called)?.[1] ?? called;
    builder.frame(
      failed.frames,
      traceFrame(line, { function: name, file: assertion[1] ?? null, line: traceNumber(assertion[2]) }),
    );
    return failed;
  }
  const fortify = FORTIFY.exec(line);
  return fortify === null ? null : builder.exception(fortify[1] ?? fortify[2] ?? '', '');
}

/** `name(arguments) /file.cc:9:10`, or with the module in place of the file: `name (/lib/libc.so.6+0x2409a)`. */
function sanitizerFrame(raw: string, text: string): TraceFrame {
  const space = text.lastIndexOf(' ');
  const end = space < 0 ? '' : text.slice(space + 1);
  const place = PLACE.exec(end);
  const called = place === null && !end.startsWith('(') ? text : text.slice(0, space < 0 ? undefined : space);
  const paren = called.indexOf('(');
  return traceFrame(raw, {
    function: paren > 0 ? called.slice(0, paren) : called,
    file: place?.[1] ?? null,
    line: traceNumber(place?.[2]),
    column: traceNumber(place?.[3]),
    inApp: RUNTIME.test(called) ? false : null,
  });
}
