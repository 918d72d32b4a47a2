// Python tracebacks in logs: where one begins and ends, loguru's and exception groups' among them, and what
// faulthandler writes when the interpreter itself dies.
import { beginsOther } from './other-start.ts';
import { isPythonLine, parsePythonTrace } from './python-trace.ts';
import { TraceBuilder } from './trace-builder.ts';
import type { FoundTrace, TraceFate, TraceLanguage, TraceText } from './trace-language.ts';
import { type TraceFrame, traceFrame, traceNumber } from './trace.ts';

const START = /(?:Exception Group )?Traceback \(most recent call last\):\s*$/;
const FRAME = /^\s*(?:> )?File "[^"]{0,1000}", line \d{1,9}(?:, in |$)/;
const JOINS =
  /^(?:The above exception was the direct cause of the following exception:|During handling of the above exception, another exception occurred:)$/;
const KIND =
  /^(?!(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL)(?::|$))[A-Za-z_][\w.]{0,200}(?::|$)/;
/** Some printers put the exception before its traceback (Atheris, AWS Lambda). */
const KIND_ABOVE = /^[A-Za-z_][\w.]{0,200}(?:Error|Exception|Interrupt|Exit|Warning)(?::|$)/;
const SEPARATOR = /^\+(?:-\+)?-{4,}/;
const FATAL = /^Fatal Python error: (.*)$/;
const FAULT_FRAME = /^ {2}File "([^"]{0,1000})", line (\d{1,9}|\?\?\?) in (.{1,500})$/;
const FAULT_THREAD =
  /^(Current thread|Thread) (0x[0-9a-f]{1,16})(?: \[(.{0,100})\])? \(most recent call first\):/;
const IN_THREAD =
  /^Exception in thread |^Task exception was never retrieved|^Future exception was never retrieved/;
const IGNORED = /^Exception ignored in:/;
const MAX_MESSAGE = 30;

/** CPython, PyPy, Cython. */
export const pythonLanguage: TraceLanguage = {
  format: 'python',
  recognises: (line) => START.test(line) || isPythonLine(line) || FATAL.test(line),
  find: (text, at, from) =>
    FATAL.test(text.lines[at] ?? '') ? findFatal(text, at) : findTraceback(text, at, from),
};

function findTraceback(text: TraceText, at: number, from: number): FoundTrace | number | null {
  const { lines, begins } = text;
  const start = START.exec(lines[at] ?? '');
  // Ruby 2.5 to 2.7 begin with the same words, and go on with `from`.
  if (start !== null && /^\s*(?:\d{1,6}: )?from |^\S+:\d+:in /.test(lines[at + 1] ?? '')) return null;
  let state: 'frames' | 'message' | 'joined' = 'frames';
  let last = at + 1;
  let message = 0;
  for (let index = at + 1; index < lines.length && !begins(index); index += 1) {
    const line = lines[index] ?? '';
    const drawn = /^\s{0,80}[|+]/.test(line);
    const body = drawn ? line.replace(/^\s{0,80}[|+]\s?/, '') : line;
    const trimmed = body.trim();
    if (START.test(trimmed)) {
      if (state === 'message' && !drawn) break;
      state = 'frames';
    } else if (FRAME.test(body)) {
      if (state === 'message' && !drawn && !/^\s/.test(body)) break;
      if (state === 'message') state = 'frames';
    } else if (JOINS.test(trimmed)) state = 'joined';
    else if (drawn) state = SEPARATOR.test(line.trim()) ? 'frames' : state;
    else if (trimmed === '') {
      if (state === 'message' && !joinsNext(lines, index + 1)) break;
      // Nothing of a traceback stands behind two blank lines.
      if ((lines[index + 1] ?? '').trim() === '' && state === 'frames') break;
      continue;
    } else if (state === 'frames') {
      if (!/^\s/.test(line)) {
        if (!KIND.test(line)) break;
        state = 'message';
        message = 0;
      }
    } else if (state === 'message') {
      message += 1;
      if (message > MAX_MESSAGE || beginsOther(line)) break;
    } else break;
    last = index + 1;
  }
  const source = lines.slice(at, last);
  if (start !== null && start.index > 0 && !/^[\s+|]*$/.test((source[0] ?? '').slice(0, start.index)))
    source[0] = start[0];
  const above = at > from && !begins(at) ? (lines[at - 1] ?? '').replace(/^\[ERROR\] /, '') : '';
  if (state === 'frames' && start !== null && KIND_ABOVE.test(above)) source.push(above);
  const trace = parsePythonTrace(source.map((line) => line.replace(/^> File "/, '  File "')).join('\n'));
  if (trace.exceptions.length === 0) return last;
  const before = at > from ? (lines[at - 1] ?? '') : '';
  const fate: TraceFate = IN_THREAD.test(before) ? 'thread' : IGNORED.test(before) ? 'handled' : 'logged';
  return { trace, first: fate === 'logged' ? at : at - 1, last, fate, understood: last - at };
}

function joinsNext(lines: readonly string[], index: number): boolean {
  const next = lines[index] ?? '';
  return JOINS.test((next.trim() === '' ? (lines[index + 1] ?? '') : next).trim());
}

/** `Fatal Python error: Segmentation fault`, then the stacks of all threads, innermost first already. */
function findFatal({ lines, begins }: TraceText, at: number): FoundTrace {
  const builder = new TraceBuilder([]);
  const fatal = builder.exception('Fatal Python error', FATAL.exec(lines[at] ?? '')?.[1] ?? '');
  const threads: { name: string; frames: TraceFrame[]; crashed: boolean }[] = [];
  let last = at + 1;
  for (let index = at + 1; index < lines.length && !begins(index); index += 1) {
    const line = lines[index] ?? '';
    const thread = FAULT_THREAD.exec(line);
    const frame = FAULT_FRAME.exec(line);
    if (thread !== null)
      threads.push({
        name: thread[3] ?? `thread ${thread[2] ?? ''}`,
        frames: [],
        crashed: thread[1] === 'Current thread',
      });
    else if (frame !== null) {
      if (threads.length === 0) threads.push({ name: 'thread', frames: [], crashed: true });
      const file = frame[1] ?? '';
      builder.frame(
        threads.at(-1)?.frames ?? [],
        traceFrame(line, {
          function: frame[3] ?? null,
          file,
          line: traceNumber(frame[2] === '???' ? undefined : frame[2]),
          inApp: !/[\\/](?:site|dist)-packages[\\/]|[\\/]lib(?:64)?[\\/]python\d/.test(file),
        }),
      );
    } else if (
      line.trim() !== '' &&
      !/^(?:Python runtime state:|Extension modules:|<no Python frame>| {2}<no Python frame>|\.\.\.| {2}\.\.\.)/.test(
        line,
      )
    )
      break;
    else if (line.trim() === '') continue;
    last = index + 1;
  }
  const crashed = threads.find((thread) => thread.crashed) ?? threads[0];
  if (crashed !== undefined) fatal.frames.push(...crashed.frames);
  return {
    trace: builder.trace('python', [fatal], {
      dialect: 'faulthandler',
      threads: threads.map(({ name, frames }) => ({
        name,
        state: '',
        frames,
        createdBy: null,
        crashed: frames === crashed?.frames,
      })),
    }),
    first: at,
    last,
    fate: 'ended',
    understood: last - at,
  };
}
