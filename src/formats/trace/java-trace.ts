// Java stack traces as Throwable.printStackTrace writes them, also through the usual loggers, Kotlin and Android.
import { TraceBuilder, type OpenException } from './trace-builder.ts';
import { indentation, traceLines } from './trace-lines.ts';
import { type Trace, type TraceFrame, traceFrame, traceNumber } from './trace.ts';

/** No name begins with a bracket; Jackson's messages go on with ` at [Source: (String)"…"; line: 1]`. */
const FRAME = /^\s*at\s+([^\s([][^(]*)\(([^()]*)\)/;
const MORE = /^\s*\.\.\. (\d{1,6}) (?:more|common frames omitted|frames? (?:truncated|elided))/;
const THREAD = /^Exception in thread "([^"]*)" /;
const CHAIN = /^\s*(Caused by|Suppressed|Wrapped by): ?(.*)$/;
const CIRCULAR = /^\s*(?:(?:Caused by|Suppressed): )?\[CIRCULAR REFERENCE: ?(.*)\]$/;
const MAX_DEPTH = 50;

const RUNTIME = /^(?:java|javax|jdk|sun|com\.sun|kotlin|kotlinx|scala|android|androidx|dalvik|libcore)\./;

/** A chain of causes at one indentation: the thrown exception first, then its cause, and so on. */
interface Chain {
  readonly indent: number;
  readonly exceptions: OpenException[];
  /** The exception whose frames the `... n more` of the chain's first one refers to. */
  readonly enclosing: OpenException | null;
}

/**
 * Reads the first trace in the text. `Caused by` and `Suppressed` are followed to any indentation, `... n more` is
 * filled in from the enclosing trace, and `Wrapped by` (loggers that print the root cause first) is understood.
 */
export function parseJavaTrace(text: string): Trace {
  const { lines, notes } = traceLines(text);
  const builder = new TraceBuilder(notes);
  const chains: Chain[] = [];
  let threadName: string | null = null;
  let current: OpenException | null = null;
  // Each trace ends with one `... n more`; believing more of them would let a short text ask for endless copies.
  const restored = new Set<OpenException>();
  for (const line of lines) {
    const frame = javaFrame(line);
    if (frame !== null) {
      current ??= open(chains, builder.exception('', ''), 0, builder);
      builder.frame(current.frames, frame);
      continue;
    }
    const more = MORE.exec(line);
    if (more !== null) {
      if (current === null || restored.has(current)) continue;
      restored.add(current);
      restoreCommonFrames(builder, chains, current, traceNumber(more[1]) ?? 0, line);
      continue;
    }
    const circular = CIRCULAR.exec(line);
    if (circular !== null) {
      builder.note(`circular reference: ${circular[1] ?? ''}`);
      continue;
    }
    const chained = CHAIN.exec(line);
    if (chained !== null && chains.length > 0) {
      const [, how = '', header = ''] = chained;
      current = openChained(builder, chains, how, header, indentation(line));
      continue;
    }
    if (current === null || (chains.length === 0 && line.trim() === '')) {
      if (line.trim() === '') continue;
      threadName = THREAD.exec(line)?.[1] ?? null;
      current = open(chains, headed(builder, line.trim().replace(THREAD, ''), 'thrown'), 0, builder);
    } else if (current.frames.length === 0) {
      builder.appendMessage(current, line);
    }
  }
  const rootFirst = (chains[0]?.exceptions ?? []).toReversed();
  for (const [index, exception] of rootFirst.entries()) {
    exception.link = index === rootFirst.length - 1 ? 'thrown' : 'cause';
  }
  const threads =
    threadName === null
      ? []
      : [
          {
            name: threadName,
            state: '',
            frames: rootFirst.at(-1)?.frames ?? [],
            createdBy: null,
            crashed: true,
          },
        ];
  return builder.trace('java', rootFirst, { threads });
}

function headed(builder: TraceBuilder, header: string, link: 'thrown' | 'cause'): OpenException {
  const colon = header.indexOf(':');
  const kind = colon < 0 ? header : header.slice(0, colon);
  return builder.exception(kind, colon < 0 ? '' : header.slice(colon + 1).trimStart(), link);
}

function open(
  chains: Chain[],
  exception: OpenException,
  indent: number,
  builder: TraceBuilder,
): OpenException {
  if (chains.length < MAX_DEPTH) chains.push({ indent, exceptions: [exception], enclosing: null });
  else builder.note('suppressed exceptions are nested too deeply');
  return exception;
}

function openChained(
  builder: TraceBuilder,
  chains: Chain[],
  how: string,
  header: string,
  indent: number,
): OpenException {
  const exception = headed(builder, header, 'cause');
  if (builder.full) return exception;
  const suppressed = how === 'Suppressed';
  while (chains.length > 1) {
    const top = chains.at(-1);
    if (top === undefined || top.indent < indent || (!suppressed && top.indent === indent)) break;
    chains.pop();
  }
  const chain = chains.at(-1);
  if (suppressed) {
    const owner = chain?.exceptions.at(-1) ?? null;
    owner?.attached.push(exception);
    if (chains.length < MAX_DEPTH) chains.push({ indent, exceptions: [exception], enclosing: owner });
    else builder.note('suppressed exceptions are nested too deeply');
  } else if (chain !== undefined && chain.enclosing !== null) {
    // The cause of a suppressed exception stays beside it: the list of causes belongs to what ended the program.
    chain.exceptions.at(-1)?.attached.push(exception);
    chain.exceptions.push(exception);
  } else if (how === 'Wrapped by') {
    chain?.exceptions.unshift(exception);
  } else {
    chain?.exceptions.push(exception);
  }
  return exception;
}

/** `... 3 more`: the last three frames of the enclosing trace are this one's too. */
function restoreCommonFrames(
  builder: TraceBuilder,
  chains: readonly Chain[],
  exception: OpenException,
  count: number,
  raw: string,
): void {
  const chain = chains.findLast(({ exceptions }) => exceptions.includes(exception));
  if (chain === undefined) return;
  const index = chain.exceptions.indexOf(exception);
  const enclosing = index > 0 ? chain.exceptions[index - 1] : chain.enclosing;
  const common = count === 0 ? [] : (enclosing?.frames.slice(-count) ?? []);
  if (common.length < count) builder.note(`${count} common frames are not in the text`);
  for (const frame of common) builder.frame(exception.frames, { ...frame, raw: raw.trim() });
}

function isDigits(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 48 || code > 57) return false;
  }
  return true;
}

/** One `at …` line, or null where it is something else. */
export function javaFrame(line: string): TraceFrame | null {
  const match = line.includes('at') ? FRAME.exec(line) : null;
  if (match === null) return null;
  const [, written = '', place = ''] = match;
  // Hidden classes carry an address or a number: `Cart$$Lambda$14/0x0000000800c03000.run`.
  const called = written.includes('/')
    ? written.replace(/\/(?:0x[0-9a-f]{1,16}|\d{1,20})(?=\.)/, '')
    : written;
  const slash = called.lastIndexOf('/');
  const name = called.slice(slash + 1).trimEnd();
  const methodDot = name.lastIndexOf('.');
  const owner = methodDot < 0 ? '' : name.slice(0, methodDot);
  const classDot = owner.lastIndexOf('.');
  const colon = place.lastIndexOf(':');
  const digits = colon < 0 ? '' : place.slice(colon + 1);
  const hasLine = digits !== '' && digits.length < 10 && isDigits(digits);
  const source = hasLine ? place.slice(0, colon) : place;
  const isNative = place === 'Native Method' || place === 'Native method';
  const file = isNative || place.startsWith('Unknown Source') ? null : source;
  return traceFrame(line, {
    function: methodDot < 0 ? name : name.slice(methodDot + 1),
    class: owner === '' ? null : owner.slice(classDot + 1),
    package: classDot < 0 ? null : owner.slice(0, classDot),
    module: slash < 0 ? null : called.slice(0, slash).replace(/\/$/, ''),
    file: file === '' ? null : file,
    line: hasLine ? traceNumber(digits) : null,
    inApp: RUNTIME.test(name) ? false : null,
  });
}
