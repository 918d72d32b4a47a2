// .NET exceptions as Exception.ToString writes them, inner exceptions included.
// As version 1 read them: see first-reading.ts.
import { TraceBuilder, type OpenException } from '../../../../formats/trace/trace-builder.ts';
import { traceLines } from '../../../../formats/trace/trace-lines.ts';
import { type Trace, type TraceFrame, traceFrame, traceNumber } from '../../../../formats/trace/trace.ts';

// The word for "at" is translated with the system: German bei, French à, Spanish en, Italian in, Polish w, Russian в.
const FRAME = /^\s+(?:at|bei|à|en|in|w|в|em) (?=[^\s(])([^(]+\(.*)$/u;
const AT_LINE = /:\p{L}+ (\d{1,9})\.?$/u;
const BEFORE_FILE = [') in ', ') в ', ') dans ', ') en ', ') w '];
const END_OF_INNER =
  /^\s*--- (?!End of stack trace from previous)[^-]*(?:inner|internen|interne|внутренн)[^-]*---\s*$/iu;
const UNHANDLED = /^(?:Unhandled [Ee]xception[.:]|An unhandled exception occurred:)\s*/;
const KIND = /^([A-Za-z_][\w.+`[\]]*)(?: \(0x[0-9A-Fa-f]{1,16}\))?(?:: (.*))?$/;
const RUNTIME = /^(?:System|Microsoft|MS|Internal)\./;
const MAX_DEPTH = 100;

/** True for a line that only a .NET trace has. */
export function isDotnetLine(line: string): boolean {
  if (
    /^\s*--- End of (?:inner exception )?stack trace/.test(line) ||
    /^Unhandled [Ee]xception[.:] /.test(line)
  )
    return true;
  const called = FRAME.exec(line)?.[1];
  if (called === undefined) return false;
  return (
    placeOf(called) !== null ||
    (/^[\w.<>`+[\],|$]+\([\w\s.,`<>&*[\]+]*\)$/.test(called) &&
      !/\.(?:java|kt|js):\d+\)$|\(Native Method\)$|\(Unknown Source\)$|<anonymous>/.test(called))
  );
}

/**
 * Reads the first exception in the text. .NET prints the outermost name first, each inner one after ` ---> `, then
 * the frames from the innermost exception outwards: read in that order, the root cause comes first by itself.
 */
export function firstDotnetTrace(text: string): Trace {
  const { lines, notes } = traceLines(text);
  const builder = new TraceBuilder(notes);
  const pending: OpenException[] = [];
  const done: OpenException[] = [];
  let aggregated: OpenException | null = null;
  for (const line of lines) {
    const frame = FRAME.exec(line);
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
    if (trimmed === '' || /^---.*---$/.test(trimmed)) continue;
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
  const match = KIND.exec(header);
  if (match !== null) return builder.exception(match[1] ?? '', match[2] ?? '', 'cause');
  return builder.exception('', header, 'cause');
}

function dotnetFrame(raw: string, text: string): TraceFrame {
  const placed = placeOf(text);
  const call = placed?.call ?? text;
  const paren = call.indexOf('(');
  const name = paren < 0 ? call : call.slice(0, paren);
  const { owner, called } = splitName(name);
  // The namespace ends at the last dot outside of generic arguments and compiler-made names.
  const dot = lastDot(owner);
  return traceFrame(raw, {
    function: called,
    class: owner === '' ? null : owner.slice(dot + 1),
    package: dot < 0 ? null : owner.slice(0, dot),
    file: placed?.file ?? null,
    line: placed?.line ?? null,
    inApp: RUNTIME.test(name) ? false : null,
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
