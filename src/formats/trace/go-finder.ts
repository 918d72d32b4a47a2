// Go panics in logs: where one begins and ends; panics that a server has recovered from and logged; the stacks that error
// packages and loggers print without a goroutine.
import { goFrame, goFunction, type GoNames } from './go-frame.ts';
import { parseGoLines } from './go-panic.ts';
import { TraceBuilder } from './trace-builder.ts';
import type { FoundTrace, TraceFate, TraceLanguage, TraceText } from './trace-language.ts';
import { type Trace, traceFrame, traceNumber } from './trace.ts';

const START = /^(?:panic|fatal error|runtime): |^unexpected fault address |^SIG[A-Z]{2,8}: \S/;
const GOROUTINE = /^goroutine \d{1,20}(?: gp=\S{1,40})?(?: m=\S{1,40})?(?: mp=\S{1,40})? \[[^\]]{0,200}\]:?/;
const RUNTIME_STACK = /^runtime stack:\s*$/;
const POSITION =
  /^\s{1,8}\S.{0,1000}\.(?:go|s|c|h|cc|cpp|y|pb):\d{1,9}(?: \+0x[0-9a-f]{1,16}.{0,200}| \(0x[0-9a-f]{1,16}\))?$/;
const PLACE_END = /^\.go:\d{1,9}(?: \+0x[0-9a-f]{1,16}.{0,200}| \(0x[0-9a-f]{1,16}\))?$/;
/** Logs that trim their lines keep the addresses behind a place. */
const TRIMMED =
  /^(?=\S{1,1000}\.(?:go|s):\d{1,9} )\S{1,1000}:\d{1,9} (?:\+0x[0-9a-f]{1,16}|\(0x[0-9a-f]{1,16}\))/;
const PLACE_ONLY = /^\t\S.{0,1000}\.(?:go|s):\d{1,9}(?: \+0x[0-9a-f]{1,16}.{0,200})?$/;
const CREATED = /^created by \S/;
const INSIDE =
  /^(?:\[signal |\s+panic: |\[recovered|\.\.\.(?:additional|\d{1,9}) frames elided|[re][a-z0-9]{1,7} {1,8}0x[0-9a-f]{1,16}|exit status \d|\[originating from |goroutine running on other thread|\[?ended by )/;
/** `http: panic serving 10.0.0.1:1234: text`, `recovered from panic: text`. */
const RECOVERED =
  /\bpanic serving \S{1,100}: (.*)$|\b[Pp]anic(?: recovered| caught)?(?: in [^:]{1,100})?: (.*)$/;
const NAME_ONLY = /^[\w./%~@*()[\]…·-]{1,500}\.[\w.()*[\]·-]{1,200}$/;
const MAX_MESSAGE = 60;
const MAX_BACK = 6;

/** Go's run-time, and what logs its stacks. */
export const goLanguage: TraceLanguage = {
  format: 'go',
  recognises: (line) => {
    const code = line.charCodeAt(0);
    if (code === 9) return PLACE_ONLY.test(line);
    if (code === 47 || code === 67) return line.endsWith(')') && GIN_PLACE.test(line);
    return START.test(line) || isThreadHead(line) || isCreation(line);
  },
  find: (text, at, from) => {
    const line = text.lines[at] ?? '';
    if (START.test(line)) return findPanic(text, at, at, null);
    if (isThreadHead(line)) return findGoroutine(text, at, from);
    if (GIN_PLACE.test(line)) return findRecovered(text, at, from);
    return findBare(text, at, from);
  },
};

/** gin's recovery prints the place first, then the function with its line of source. */
const GIN_PLACE = /^(\S{1,1000}\.(?:go|s)):(\d{1,9}) \(0x[0-9a-f]{1,16}\)$/;
const GIN_CALL = /^\t([\w.()*[\]·-]{1,300}): /;

function isThreadHead(line: string): boolean {
  const code = line.charCodeAt(0);
  return code === 103 ? GOROUTINE.test(line) : code === 114 && RUNTIME_STACK.test(line);
}

function isCreation(line: string): boolean {
  return line.charCodeAt(0) === 99 && CREATED.test(line);
}

/** Most lines are told by their first character or by what they lack. */
function isTrimmed(line: string): boolean {
  return line.charCodeAt(0) !== 9 && (line.includes('.go:') || line.includes('.s:')) && TRIMMED.test(line);
}

function isPlace(line: string): boolean {
  const code = line.charCodeAt(0);
  if (code !== 9 && code !== 32) return isTrimmed(line);
  // As the run-time itself writes it, and else by the whole pattern.
  if (code === 9 && line.length < 1000 && line.charCodeAt(1) > 32) {
    const at = line.lastIndexOf('.go:');
    if (at > 1 && PLACE_END.test(line.slice(at))) return true;
  }
  return POSITION.test(line);
}

/** A call ends in its arguments; the place behind it tells the rest. */
function couldBeCall(line: string): boolean {
  const first = line.charCodeAt(0);
  return first !== 9 && first !== 32 && first !== 91 && line.trimEnd().endsWith(')');
}

/** From the panic's line, or the goroutine that a logged panic is followed by. `head` replaces the line at `first`. */
function findPanic(text: TraceText, first: number, at: number, head: string | null): FoundTrace | number {
  const { lines, begins } = text;
  let [last, understood, blanks] = [at + 1, 1, 0];
  let inStacks = GOROUTINE.test(lines[at] ?? '');
  // The line behind a call that was seen to be its place.
  let place = -1;
  for (let index = at + 1; index < lines.length && !begins(index); index += 1) {
    const line = lines[index] ?? '';
    if (line.trim() === '') {
      blanks += 1;
      if (blanks > 2) break;
      continue;
    }
    if (isThreadHead(line)) inStacks = true;
    else if (inStacks) {
      if (index !== place) {
        if (couldBeCall(line) && isPlace(lines[index + 1] ?? '')) place = index + 1;
        else if (!isPlace(line) && !isCreation(line) && !INSIDE.test(line)) break;
      }
    } else if (!START.test(line) && !INSIDE.test(line) && index - at > MAX_MESSAGE) break;
    else if (!START.test(line) && !INSIDE.test(line)) {
      // A message of several lines belongs to it where goroutines follow.
      continue;
    }
    blanks = 0;
    if (inStacks) understood += index + 1 - last;
    else understood += 1;
    last = index + 1;
  }
  const source = lines.slice(first, last).map((line) => (isTrimmed(line) ? `\t${line}` : line));
  if (head !== null) source[0] = head;
  const trace = parseGoLines({ lines: source, notes: [] });
  if (trace.exceptions.length === 0 && trace.threads.length === 0) return last;
  return {
    trace: trace.exceptions.length > 0 ? trace : withStack(trace),
    first,
    last,
    fate: head === null ? 'ended' : 'logged',
    understood: understood + at - first,
  };
}

/** Goroutines without a panic: a dump of all, or the stack that a program printed itself. */
function findGoroutine(text: TraceText, at: number, from: number): FoundTrace | number {
  for (let index = text.begins(at) ? from - 1 : at - 1; index >= from && index >= at - MAX_BACK; index -= 1) {
    const line = text.lines[index] ?? '';
    const recovered = RECOVERED.exec(line.slice(0, 2000));
    if (recovered !== null) {
      const found = findPanic(text, index, at, `panic: ${recovered[1] ?? recovered[2] ?? ''}`);
      return found;
    }
    if (text.begins(index) && line.trim() !== '')
      return findPanic(text, index, at, `goroutine dump: ${line}`);
  }
  return findPanic(text, at, at, null);
}

/** A dump of goroutines says where the program was, and names no error. */
function withStack(trace: Trace): Trace {
  const thread = trace.threads.find(({ crashed }) => crashed) ?? trace.threads[0];
  const exception = {
    kind: 'goroutine dump',
    message: '',
    link: 'thrown',
    frames: thread?.frames ?? [],
    attached: [],
    data: [],
  } as const;
  return { ...trace, kind: exception.kind, exceptions: [exception] };
}

/** `name` and `\tfile.go:12` in turn, below a message: errors with stacks, and loggers. */
function findBare({ lines, begins }: TraceText, at: number, from: number): FoundTrace | null {
  let first = at - 1;
  if (first < from || begins(at) || !isCall(lines[first] ?? '')) return null;
  const builder = new TraceBuilder([]);
  const names: GoNames = new Map();
  const said = begins(first) || first - 1 < from ? '' : (lines[first - 1] ?? '').trim();
  const recovered = RECOVERED.exec(said.slice(0, 2000));
  const exception = builder.exception(
    recovered === null ? 'error' : 'panic',
    recovered?.[1] ?? recovered?.[2] ?? said,
  );
  let last = at;
  for (let index = first; index + 1 < lines.length && !begins(index + 1); index += 2) {
    const [call = '', place = ''] = [lines[index], lines[index + 1]];
    if (!isCall(call) || !POSITION.test(place)) break;
    builder.frame(exception.frames, goFrame(call, place, names));
    last = index + 2;
  }
  if (exception.frames.length === 0) return null;
  if (said !== '') first -= 1;
  const fate: TraceFate = 'logged';
  return {
    trace: builder.trace('go', [exception]),
    first,
    last: Math.max(last, at + 1),
    fate,
    understood: last - first,
  };
}

/** What was recovered from stands on the line above the stack. */
function findRecovered({ lines, begins }: TraceText, at: number, from: number): FoundTrace | null {
  const builder = new TraceBuilder([]);
  const hasMessage = at > from && !begins(at) && !GIN_CALL.test(lines[at - 1] ?? '');
  const said = hasMessage ? (lines[at - 1] ?? '').trim() : '';
  const exception = builder.exception('panic', said);
  let last = at;
  for (let index = at; index + 1 < lines.length && !begins(index); index += 2) {
    const place = GIN_PLACE.exec(lines[index] ?? '');
    const call = GIN_CALL.exec(lines[index + 1] ?? '')?.[1];
    if (place === null || call === undefined) break;
    const [, file = '', line] = place;
    const owner = /^\(\*?(\w{1,100})\)\.(.{1,200})$/.exec(call);
    builder.frame(
      exception.frames,
      traceFrame(`${call} ${lines[index] ?? ''}`, {
        function: owner?.[2] ?? call,
        class: owner?.[1] ?? null,
        // The folder is the package, as far as the text tells.
        package: file.split('/').at(-2) ?? null,
        file,
        line: traceNumber(line),
        inApp: !/\/(?:pkg\/mod|vendor)\/|\/go(?:root)?\/(?:\d[\d.]{0,10}\/)?(?:libexec\/)?src\//.test(file),
      }),
    );
    last = index + 2;
  }
  if (exception.frames.length === 0) return null;
  const first = said === '' ? at : at - 1;
  return { trace: builder.trace('go', [exception]), first, last, fate: 'logged', understood: last - first };
}

function isCall(line: string): boolean {
  return goFunction(line) !== null || NAME_ONLY.test(line.trimEnd());
}
