// PHP's uncaught exceptions and errors, as the interpreter and Xdebug print them.
// As version 1 read them: see first-reading.ts.
import { TraceBuilder, type OpenException } from '../../../../formats/trace/trace-builder.ts';
import { traceLines } from '../../../../formats/trace/trace-lines.ts';
import { type Trace, type TraceFrame, traceFrame, traceNumber } from '../../../../formats/trace/trace.ts';

const ENTRY = /^#(\d{1,6}) (.*)$/;
const AT_FILE = /^(.*?)\((\d{1,9})\): (.*)$/;
const LEVEL =
  /^(?:\[[^\]]*\] )?(?:PHP )?((?:Fatal|Parse|Core|Compile|Recoverable fatal|Catchable fatal) error|Warning|Notice|Deprecated|Strict Standards):\s+(.*)$/;
const UNCAUGHT = /^(?:(?:PHP )?Fatal error:\s+)?Uncaught (.*)$/;
const AT_LINE = /(?::| on line )(\d{1,9})$/;
const XDEBUG = /^(?:PHP)?\s*\d{1,6}\. (.*\)) (\S+)$/;

/** True for a line that only a PHP trace has. */
export function isPhpLine(line: string): boolean {
  const entry = ENTRY.exec(line)?.[2];
  if (entry !== undefined)
    return (
      entry === '{main}' ||
      entry.startsWith('[internal function]: ') ||
      /\.php(?:\(\d+\))?\(\d+\): |^.*?\(\d+\): .*\)$/.test(entry)
    );
  return /^(?:PHP )?(?:Fatal error|Parse error|Warning|Notice|Deprecated):\s/.test(line) || XDEBUG.test(line);
}

/** One `#n file(line): call` entry: where the call stands and what was called. */
interface Entry {
  readonly raw: string;
  readonly file: string | null;
  readonly line: number | null;
  readonly call: string;
}

interface Thrown {
  readonly exception: OpenException;
  file: string | null;
  line: number | null;
  readonly entries: Entry[];
}

/**
 * Reads the first error in the text. PHP prints the root cause first and what wrapped it after `Next`, so the order
 * stays. An entry of PHP names the caller's place beside the called function; here each frame has its own place, and
 * the innermost one is where the error was thrown.
 */
export function firstPhpTrace(text: string): Trace {
  const { lines, notes } = traceLines(text);
  const builder = new TraceBuilder(notes);
  const thrown: Thrown[] = [];
  const stepped: TraceFrame[] = [];
  let current: Thrown | null = null;
  let inMessage = false;
  for (const line of lines) {
    const entry = ENTRY.exec(line);
    if (entry !== null && current !== null) {
      inMessage = false;
      current.entries.push(phpEntry(line, entry[2] ?? ''));
      continue;
    }
    const step = XDEBUG.exec(line);
    const stepLine = AT_LINE.exec(step?.[2] ?? '');
    if (step !== null && stepLine !== null) {
      const file = (step[2] ?? '').slice(0, stepLine.index);
      builder.frame(stepped, phpFrame(line, step[1] ?? '', file, traceNumber(stepLine[1])));
      continue;
    }
    if (/^(?:PHP )?Stack trace:$/.test(line.trim()) || line.trim() === '[stacktrace]') {
      inMessage = false;
      continue;
    }
    const header = phpHeader(line, thrown.length > 0);
    if (header !== null && (thrown.length === 0 || header.next) && !builder.full) {
      const started: Thrown = {
        exception: builder.exception(header.kind, header.message),
        file: null,
        line: null,
        entries: [],
      };
      takePlace(started, header.message);
      current = started;
      thrown.push(started);
      inMessage = started.file === null;
    } else if (inMessage && current !== null) {
      builder.appendMessage(current.exception, line);
      takePlace(current, current.exception.message);
      inMessage = current.file === null;
    }
  }
  for (const [index, one] of thrown.entries()) {
    one.exception.link = index === thrown.length - 1 ? 'thrown' : 'cause';
    for (const frame of framesOf(one)) builder.frame(one.exception.frames, frame);
  }
  const last = thrown.at(-1)?.exception;
  if (last !== undefined && stepped.length > 0 && thrown.at(-1)?.entries.length === 0) {
    last.frames.length = 0;
    last.frames.push(...steppedFrames(stepped, thrown.at(-1)?.file ?? null, thrown.at(-1)?.line ?? null));
  }
  return builder.trace(
    'php',
    thrown.map(({ exception }) => exception),
  );
}

interface Header {
  readonly kind: string;
  readonly message: string;
  readonly next: boolean;
}

function phpHeader(line: string, chained: boolean): Header | null {
  if (chained && line.startsWith('Next ')) return { ...kindAndMessage(line.slice(5)), next: true };
  const level = LEVEL.exec(line);
  const uncaught = UNCAUGHT.exec(level?.[2] ?? line);
  if (uncaught !== null) return { ...kindAndMessage(uncaught[1] ?? ''), next: false };
  if (level !== null) return { kind: level[1] ?? '', message: level[2] ?? '', next: false };
  const thrown = kindAndMessage(line);
  return /^[\w\\]+$/.test(thrown.kind) && / in \S.*:\d+$/.test(line) ? { ...thrown, next: false } : null;
}

function kindAndMessage(text: string): { kind: string; message: string } {
  // `Exception: text in file:1`; without a message PHP writes `Exception in file:1`.
  const match = /^(?:exception ')?([\w\\]+)'?(?: with message)?(?::? '?|$)(.*)$/.exec(text);
  return {
    kind: match?.[1] ?? '',
    message: match === null ? text : ` ${match[2] ?? ''}`.replace(/^ (?! ?in )/, ''),
  };
}

/** Cuts ` in file:line` off the last line of the message, which is where PHP says the error was thrown. */
function takePlace(thrown: Thrown, message: string): void {
  const lastLine = message.slice(message.lastIndexOf('\n') + 1);
  const number = AT_LINE.exec(lastLine);
  const start = number === null ? -1 : lastLine.lastIndexOf(' in ', number.index);
  if (number === null || start < 0) return;
  const cut = message.length - lastLine.length + start;
  thrown.exception.message = message.slice(0, cut).replace(/'$/, '').trimStart();
  thrown.file = lastLine.slice(start + 4, number.index);
  thrown.line = traceNumber(number[1]);
}

function phpEntry(raw: string, text: string): Entry {
  const internal = '[internal function]: ';
  if (text.startsWith(internal)) return { raw, file: null, line: null, call: text.slice(internal.length) };
  const match = AT_FILE.exec(text);
  if (match === null) return { raw, file: null, line: null, call: text };
  return { raw, file: match[1] ?? null, line: traceNumber(match[2]), call: match[3] ?? '' };
}

function framesOf({ entries, file, line }: Thrown): readonly TraceFrame[] {
  if (entries.length === 0)
    return file === null ? [] : [phpFrame(`${file}:${line ?? 0}`, '{main}', file, line)];
  return entries.map((entry, index) => {
    const place = index === 0 ? { file, line } : (entries[index - 1] ?? { file: null, line: null });
    return phpFrame(entry.raw, entry.call, place.file, place.line);
  });
}

/** Xdebug lists calls outermost first, each with the place where it was made; the error's own place is innermost. */
function steppedFrames(
  steps: readonly TraceFrame[],
  file: string | null,
  line: number | null,
): readonly TraceFrame[] {
  return steps.toReversed().map((step, index, reversed) => {
    const inner = index === 0 ? { file, line } : (reversed[index - 1] ?? step);
    return Object.assign({}, step, { file: inner.file, line: inner.line });
  });
}

function phpFrame(raw: string, call: string, file: string | null, line: number | null): TraceFrame {
  // A closure has its own braces and, from PHP 8.4 on, its place: `App\Foo->{closure:App\Foo::bar():12}()`.
  const closure = call.indexOf('{closure');
  const end = closure >= 0 ? call.indexOf('(', call.indexOf('}', closure)) : call.indexOf('(');
  const name = end > 0 ? call.slice(0, end) : call;
  const head = closure >= 0 ? name.slice(0, closure) : name;
  const arrow = Math.max(head.lastIndexOf('->'), head.lastIndexOf('::'));
  const owner = arrow < 0 ? '' : name.slice(0, arrow);
  const called = arrow < 0 ? name : name.slice(arrow + 2);
  const scope = owner === '' ? (closure >= 0 ? head : called) : owner;
  const slash = scope.lastIndexOf('\\');
  return traceFrame(raw, {
    function:
      owner === '' && closure < 0 ? called.slice(slash + 1) : owner === '' ? name.slice(closure) : called,
    class: owner === '' ? null : owner.slice(slash + 1),
    package: slash < 0 ? null : scope.slice(0, slash),
    file,
    line,
    inApp: file === null ? null : !/[\\/]vendor[\\/]/.test(file),
  });
}
