// Java stack traces as Throwable.printStackTrace writes them, also through the usual loggers, Kotlin and Android.
// As version 1 read them: see first-reading.ts.
import { TraceBuilder, type OpenException } from '../../../../formats/trace/trace-builder.ts';
import { indentation, traceLines } from '../../../../formats/trace/trace-lines.ts';
import { type Trace, type TraceFrame, traceFrame, traceNumber } from '../../../../formats/trace/trace.ts';

const FRAME = /^\s*at\s+([^\s(][^(]*)\(([^()]*)\)/;
const MORE = /^\s*\.\.\. (\d{1,6}) (?:more|common frames omitted)/;
const THREAD = /^Exception in thread "([^"]*)" /;
const CHAIN = /^\s*(Caused by|Suppressed|Wrapped by): (.*)$/;
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

/** True for a line that only a Java trace has. */
export function isJavaLine(line: string): boolean {
  const place = FRAME.exec(line)?.[2];
  if (place !== undefined)
    return /\.(?:java|kt|kts|scala|groovy|clj)(?::\d+)?$|^Native Method$|^Unknown Source/.test(place);
  return MORE.test(line) || THREAD.test(line);
}

/**
 * Reads the first trace in the text. `Caused by` and `Suppressed` are followed to any indentation, `... n more` is
 * filled in from the enclosing trace, and `Wrapped by` (loggers that print the root cause first) is understood.
 */
export function firstJavaTrace(text: string): Trace {
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

/** One `at …` line, or null where it is something else. */
function javaFrame(line: string): TraceFrame | null {
  const match = FRAME.exec(line);
  if (match === null) return null;
  const [, called = '', place = ''] = match;
  const slash = called.lastIndexOf('/');
  const name = called.slice(slash + 1).trimEnd();
  const methodDot = name.lastIndexOf('.');
  const owner = methodDot < 0 ? '' : name.slice(0, methodDot);
  const classDot = owner.lastIndexOf('.');
  const at = /^(.*?)(?::(\d{1,9}))?$/.exec(place);
  const file = place === 'Native Method' || place.startsWith('Unknown Source') ? null : (at?.[1] ?? null);
  return traceFrame(line, {
    function: methodDot < 0 ? name : name.slice(methodDot + 1),
    class: owner === '' ? null : owner.slice(classDot + 1),
    package: classDot < 0 ? null : owner.slice(0, classDot),
    module: slash < 0 ? null : called.slice(0, slash).replace(/\/$/, ''),
    file: file === '' ? null : file,
    line: traceNumber(at?.[2]),
    inApp: RUNTIME.test(name) ? false : null,
  });
}
