// Rust panics in logs: where one begins and ends, backtraces of any length, the chains of anyhow and eyre.
import { isRustLine, parseRustTrace } from './rust-trace.ts';
import { TraceBuilder } from './trace-builder.ts';
import type { FoundTrace, TraceFate, TraceLanguage, TraceText } from './trace-language.ts';
import type { Trace } from './trace.ts';

const PANIC = /thread '[^']{0,200}' (?:\(\d{1,20}\) )?(?:panicked at |has overflowed its stack)/;
const ABORT = /^(?:fatal runtime error: |memory allocation of \d{1,20} bytes failed)/;
const FRAME = /^\s{0,20}\d{1,5}: {1,20}\S/;
const AT = /^\s{1,40}at \S/;
const INSIDE =
  /^(?:stack backtrace:|note: |Backtrace \(|[━─-]{6,}|\s{0,40}\[\.\.\. omitted|\s*⋮ \d{1,6} frames? hidden)/;
const MARK = /^(?:stack backtrace:|Stack backtrace:|\s*[━─]{3,} BACKTRACE [━─]{3,})/;
const ERROR = /^Error: (.*)$/;
const CAUSED = /^Caused by:\s*$/;
/** Where eyre says that a report was made. */
const LOCATION = /^Location:\s*$|^\s{1,8}\S{1,300}\.rs:\d{1,9}(?::\d{1,9})?$/;
/** The end of a quoted message, and the place. */
const OLD_END = /', \S.{0,500}:\d{1,9}:\d{1,9}$/;
const MAX_MESSAGE = 60;
/** std's own words, and what its error types print. */
const CONSEQUENCE =
  /\b(?:PoisonError|RecvError|SendError|JoinError|TryRecvError|Disconnected)\b|Any \{ \.\. \}|a scoped thread panicked|panic in a (?:destructor|function that cannot unwind)/;
const WHILE_PANICKING =
  /^thread panicked while (?:panicking|processing panic)|^panic in a destructor during cleanup|caused non-unwinding panic/;
/** Lines of a further panic in which it may be said that it belongs to the first. */
const MAX_ASIDE = 300;

/** Rust's standard hook, and the reports of anyhow and eyre. */
export const rustLanguage: TraceLanguage = {
  format: 'rust',
  recognises: (line) =>
    PANIC.test(line) || ABORT.test(line) || MARK.test(line) || isRustLine(line) || CAUSED.test(line),
  find: (text, at, from) => {
    const line = text.lines[at] ?? '';
    return PANIC.test(line) || ABORT.test(line) ? findPanic(text, at) : findReport(text, at, from);
  },
};

function findPanic({ lines, begins }: TraceText, at: number): FoundTrace | null {
  let last = at + 1;
  let inFrames = false;
  let message = 0;
  let isQuoted = /panicked at '/.test(lines[at] ?? '') && !OLD_END.test(lines[at] ?? '');
  // Where the next panic begins that has nothing to do with this one, as far as anybody says.
  let other: { readonly line: number; readonly last: number } | null = null;
  for (let index = at + 1; index < lines.length && !begins(index); index += 1) {
    const line = lines[index] ?? '';
    if (other !== null && index > other.line + MAX_ASIDE) break;
    if (PANIC.test(line) || ABORT.test(line)) {
      inFrames = false;
      message = 0;
      if (other === null && PANIC.test(line) && !isConsequence(lines, index)) other = { line: index, last };
    } else if (WHILE_PANICKING.test(line)) {
      // It happened while the first one was unwinding.
      other = null;
      message = 0;
    } else if (INSIDE.test(line) || MARK.test(line)) inFrames = true;
    else if (FRAME.test(line) || AT.test(line)) inFrames = true;
    else if (line.trim() === '') {
      if (inFrames) continue;
      message += 1;
      continue;
    } else if (inFrames) break;
    else if (isQuoted && OLD_END.test(line)) {
      isQuoted = false;
      inFrames = true;
    } else {
      message += 1;
      // The message is one line for sure; more of it only where a note or backtrace follows.
      if (message > MAX_MESSAGE) break;
      if (message > 1) continue;
    }
    last = index + 1;
  }
  if (other !== null) last = other.last;
  const start = PANIC.exec(lines[at] ?? '')?.index ?? 0;
  const source = lines.slice(at, last);
  source[0] = (source[0] ?? '').slice(start);
  const trace = parseRustTrace(source.join('\n'));
  if (trace.exceptions.length === 0) return null;
  return {
    trace,
    first: at,
    last,
    fate: /'main'|overflowed|fatal|memory/.test(source[0]) ? 'ended' : 'thread',
    understood: last - at,
  };
}

/** A panic that another one brought about says so: of its lock, its channel, its thread, or that it could not unwind. */
function isConsequence(lines: readonly string[], index: number): boolean {
  return CONSEQUENCE.test(lines[index] ?? '') || CONSEQUENCE.test(lines[index + 1] ?? '');
}

/** `Error: text`, `Caused by:` with one cause a line, and a backtrace: what main prints of an error that it returns. */
function findReport({ lines, begins }: TraceText, at: number, from: number): FoundTrace | null {
  let first = -1;
  for (let index = at; index >= from && index >= at - MAX_MESSAGE; index -= 1) {
    if (ERROR.test(lines[index] ?? '')) first = index;
    if (first >= 0 || begins(index)) break;
  }
  const isBare = first < 0;
  if (isBare && CAUSED.test(lines[at] ?? '')) return null;
  if (isBare) first = at;
  const builder = new TraceBuilder([]);
  const said: string[] = [];
  let last = first + 1;
  let inFrames = false;
  for (let index = first + 1; index < lines.length && index < first + 5000 && !begins(index); index += 1) {
    const line = lines[index] ?? '';
    if (MARK.test(line)) inFrames = true;
    else if (inFrames && !FRAME.test(line) && !AT.test(line) && !INSIDE.test(line) && line.trim() !== '')
      break;
    else if (!inFrames && isBare && !FRAME.test(line) && !AT.test(line)) break;
    else if (!inFrames && (CAUSED.test(line) || LOCATION.test(line))) continue;
    else if (!inFrames && line.trim() !== '') {
      const cause = /^\s{2,8}(?:\d{1,3}: )?(\S.*)$/.exec(line);
      if (cause === null) break;
      said.push(cause[1] ?? '');
    }
    if (line.trim() !== '') last = index + 1;
  }
  const backtrace = framesOf(lines.slice(isBare ? first : first + 1, last), isBare);
  if (isBare && backtrace.length === 0) return null;
  if (said.length === 0 && backtrace.length === 0) return null;
  const causes = said.toReversed().map((message) => builder.exception('error', message, 'cause'));
  const thrown = builder.exception('error', isBare ? '' : (ERROR.exec(lines[first] ?? '')?.[1] ?? ''));
  const chain = [...causes, thrown];
  chain[0]?.frames.push(...backtrace);
  const fate: TraceFate = isBare ? 'logged' : 'ended';
  return {
    trace: builder.trace('rust', chain, { dialect: 'report' }),
    first,
    last: Math.max(last, at + 1),
    fate,
    understood: last - first,
  };
}

function framesOf(lines: readonly string[], isBare: boolean): Trace['exceptions'][number]['frames'] {
  const mark = lines.findIndex((line) => MARK.test(line));
  // The numbered causes above a mark look like frames.
  const from = mark >= 0 || !isBare ? mark : lines.findIndex((line) => FRAME.test(line));
  if (from < 0) return [];
  const text = [
    "thread '' panicked at x",
    'stack backtrace:',
    ...lines.slice(from).filter((line) => !MARK.test(line)),
  ];
  return parseRustTrace(text.join('\n')).exceptions[0]?.frames ?? [];
}
