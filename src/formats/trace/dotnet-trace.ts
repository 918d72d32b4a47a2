// .NET exceptions as Exception.ToString writes them, inner exceptions included.
import { TraceBuilder, type OpenException } from './trace-builder.ts';
import { traceLines } from './trace-lines.ts';
import { type Trace, type TraceFrame, traceFrame, traceNumber } from './trace.ts';

// The word for "at" is translated with the system: German bei, French à, Spanish en, Italian in, Polish w, Russian в.
const FRAME = /^\s+(?:at|bei|à|en|in|w|в|em) (?=[^\s(])([^(]+\(.*)$/u;
const AT_LINE = /:\p{L}+ (\d{1,9})\.?$/u;
/** Mono and Unity: an offset, and the file or the hash of the assembly that has none. */
const MONO =
  /^([^)]{1,1000}\)) \[0x[0-9a-f]{1,8}\] in (?:<([0-9a-f]{1,64})(?:[-#>+][^>]{0,40})?>?|(\S.{0,500}?)):(\d{1,9})\s*$/;
/** Unity's player: no word before the call, and the place in brackets behind it. */
const UNITY =
  /^([\w.<>`+:$|/]{1,300}(?:\[[^\]]{0,100}\])?) ?\(([^()]{0,300})\) \(at (.{1,500}?)(?::(\d{1,9}))?\)\s*$/;
const BEFORE_FILE = [') in ', ') в ', ') dans ', ') en ', ') w '];
const END_OF_INNER =
  /^\s*--- (?!End of stack trace from previous)[^-]*(?:inner|internen|interne|внутренн)[^-]*---\s*$/iu;
const UNHANDLED =
  /^(?:Unhandled [Ee]xception[.:]|An unhandled exception occurred:|(?:\[ERROR\] )?FATAL UNHANDLED EXCEPTION:)\s*/;
const KIND = /^([A-Za-z_][\w.+`[\]]*)(?: \(0x[0-9A-Fa-f]{1,16}\))?(?:: (.*))?$/;
/** `Stack overflow.`, `Process terminated. Assertion failed.`, `Fatal error. Internal CLR error.` */
const FATAL = /^(Stack overflow|Process terminated|Fatal error)\.\s*(.*)$/;
const RUNTIME = /^(?:System|Microsoft|MS|Internal)\./;
const MAX_DEPTH = 100;

/** True for a line that only a .NET trace has. */
export function isDotnetLine(line: string): boolean {
  if (UNITY.test(line)) return true;
  if (
    /^\s*--- End of (?:inner exception )?stack trace/.test(line) ||
    /^Unhandled [Ee]xception[.:] /.test(line)
  )
    return true;
  const called = FRAME.exec(line)?.[1];
  if (called === undefined) return false;
  return (
    placeOf(called) !== null ||
    MONO.test(called) ||
    (/^[\w.<>`+[\],|$]+\([\w\s.,`<>&*[\]+]*\)$/.test(called) &&
      !/\.(?:java|kt|js):\d+\)$|\(Native Method\)$|\(Unknown Source\)$|<anonymous>/.test(called))
  );
}

/**
 * Reads the first exception in the text. .NET prints the outermost name first, each inner one after ` ---> `, then
 * the frames from the innermost exception outwards: read in that order, the root cause comes first by itself.
 */
export function parseDotnetTrace(text: string): Trace {
  const { lines, notes } = traceLines(text);
  const builder = new TraceBuilder(notes);
  const pending: OpenException[] = [];
  const done: OpenException[] = [];
  let aggregated: OpenException | null = null;
  for (const line of lines) {
    const unity = UNITY.exec(line);
    const frame = unity === null ? FRAME.exec(line) : null;
    if (unity !== null) {
      if (pending.length === 0) pending.push(builder.exception('', ''));
      const target = aggregated ?? pending.at(-1);
      if (target !== undefined) builder.frame(target.frames, unityFrame(line, unity));
      continue;
    }
    if (frame !== null) {
      if (pending.length === 0) pending.push(builder.exception('', ''));
      const target = aggregated ?? pending.at(-1);
      if (target !== undefined) builder.frame(target.frames, dotnetFrame(line, frame[1] ?? ''));
      continue;
    }
    const trimmed = line.trim();
    if (END_OF_INNER.test(line)) {
      if (aggregated !== null) continue;
      const inner = pending.pop();
      if (inner !== undefined) done.push(inner);
      continue;
    }
    if (trimmed === '' || /^---.*---$|^-{20,}$|^Repeat \d{1,9} times:$/.test(trimmed)) continue;
    const member = /^---> \(Inner Exception #\d{1,6}\) (.*)$/.exec(trimmed);
    if (member !== null && (done.length > 0 || (pending.at(-1)?.frames.length ?? 0) > 0) && !builder.full) {
      const owner = pending.at(-1) ?? done.at(-1);
      aggregated = headed(builder, (member[1] ?? '').split(' ---> ', 1)[0] ?? '');
      owner?.attached.push(aggregated);
      continue;
    }
    readHeader(builder, pending, done, trimmed);
    if (trimmed.endsWith('<---')) aggregated = null;
  }
  while (pending.length > 0) {
    const outer = pending.pop();
    if (outer !== undefined) done.push(outer);
  }
  for (const [index, exception] of done.entries())
    exception.link = index === done.length - 1 ? 'thrown' : 'cause';
  return builder.trace('dotnet', done);
}

/** A line before the frames: a name and message, further inner names, or a message that goes on. */
function readHeader(
  builder: TraceBuilder,
  pending: OpenException[],
  done: readonly OpenException[],
  line: string,
): void {
  const last = pending.at(-1);
  if (last !== undefined && last.frames.length > 0) return;
  if (done.length > 0) return;
  const text = line.replace(UNHANDLED, '');
  const [own = '', ...inner] = text.startsWith('---> ')
    ? ['', ...text.slice(5).split(' ---> ')]
    : text.split(' ---> ');
  if (own !== '') {
    if (last === undefined) pending.push(headed(builder, own));
    else builder.appendMessage(last, own);
  }
  for (const header of inner) {
    if (pending.length >= MAX_DEPTH || builder.full) break;
    pending.push(headed(builder, header.replace(/^\(Inner Exception #\d{1,6}\) /, '')));
  }
}

function headed(builder: TraceBuilder, header: string): OpenException {
  const fatal = FATAL.exec(header);
  const thrown = fatal === null ? null : KIND.exec(fatal[2] ?? '');
  if (fatal !== null && !/\.\w+(?:Exception|Error)$/.test(thrown?.[1] ?? ''))
    return builder.exception(fatal[1] ?? '', fatal[2] ?? '', 'cause');
  const match = thrown ?? KIND.exec(header);
  if (match !== null) return builder.exception(match[1] ?? '', match[2] ?? '', 'cause');
  return builder.exception('', header, 'cause');
}

/** `Shop.Cart:Total ()` is how Unity writes frames of its log calls. */
function unityFrame(raw: string, match: RegExpExecArray): TraceFrame {
  const [, written = '', , file = '', line] = match;
  const name = written.replace(/:(?=[\w.<>]+$)/, '.');
  const { owner, called } = splitName(name);
  const dot = lastDot(owner);
  const isHash = /^<[0-9a-f]{1,64}>$/.test(file);
  return traceFrame(raw, {
    function: called,
    class: owner === '' ? null : owner.slice(dot + 1),
    package: dot < 0 ? null : owner.slice(0, dot),
    file: isHash || file === '' ? null : file,
    line: isHash ? null : traceNumber(line),
    inApp: isForeign(name, file) ? false : null,
  });
}

/** Unity's own classes and packages, beside the run-time's. */
function isForeign(name: string, file: string): boolean {
  return (
    RUNTIME.test(name) ||
    /^(?:UnityEngine|UnityEditor|Unity|Mono)\./.test(name) ||
    /(?:^|[\\/])Library[\\/]PackageCache[\\/]/.test(file)
  );
}

function dotnetFrame(raw: string, text: string): TraceFrame {
  const mono = MONO.exec(text);
  const placed =
    mono === null
      ? placeOf(text)
      : {
          call: mono[1] ?? text,
          file: mono[3] ?? null,
          line: mono[3] === undefined || mono[4] === '0' ? null : traceNumber(mono[4]),
        };
  const call = placed?.call ?? text;
  const paren = call.indexOf('(');
  const name = (paren < 0 ? call : call.slice(0, paren)).trimEnd();
  const { owner, called } = splitName(name);
  // The namespace ends at the last dot outside of generic arguments and compiler-made names.
  const dot = lastDot(owner);
  return traceFrame(raw, {
    function: called,
    class: owner === '' ? null : owner.slice(dot + 1),
    package: dot < 0 ? null : owner.slice(0, dot),
    file: placed?.file ?? null,
    line: placed?.line ?? null,
    inApp: isForeign(name, placed?.file ?? '') ? false : null,
  });
}

/** Splits `A.B(Int32 c) in /src/A.cs:line 3`, in any language of the system; null where no place is given. */
function placeOf(text: string): { call: string; file: string; line: number | null } | null {
  const number = AT_LINE.exec(text);
  if (number === null) return null;
  for (const before of BEFORE_FILE) {
    const at = text.lastIndexOf(before, number.index);
    if (at < 0) continue;
    const file = text.slice(at + before.length, number.index);
    return { call: text.slice(0, at + 1), file, line: traceNumber(number[1]) };
  }
  return null;
}

function splitName(name: string): { owner: string; called: string } {
  // Constructors are `Type..ctor`: the dot that separates is the first of the two.
  const special = /\.\.c?ctor$/.exec(name);
  if (special !== null) return { owner: name.slice(0, special.index), called: name.slice(special.index + 1) };
  const dot = lastDot(name);
  return { owner: dot < 0 ? '' : name.slice(0, dot), called: name.slice(dot + 1) };
}

function lastDot(name: string): number {
  let depth = 0;
  for (let index = name.length - 1; index >= 0; index -= 1) {
    const char = name.charAt(index);
    if (char === '>' || char === ']') depth += 1;
    else if (char === '<' || char === '[') depth -= 1;
    else if (char === '.' && depth <= 0) return index;
  }
  return -1;
}
