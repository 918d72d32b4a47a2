// Java traces in logs: where one begins and ends, on Android, in crash reports of games, behind a logger's words.
import { parseJavaTrace } from './java-trace.ts';
import { TraceBuilder } from './trace-builder.ts';
import { linesOf, traceExtent, type TraceExtent, type TraceShape } from './trace-extent.ts';
import type { FoundTrace, TraceFate, TraceLanguage, TraceText } from './trace-language.ts';
import type { TraceDatum, TraceThread } from './trace.ts';

/**
 * A place of Java: a source file of one of its languages, or one of the words that stand for none. Obfuscators keep
 * `SourceFile`, and Android's tools write `Unknown Source:4`; Dart behind Crashlytics has its own files.
 */
const PLACE =
  /^\s*at\s+[^\s(][^(]{0,1000}\((?:[^()\s]{1,300}\.(?:java|kt|kts|scala|groovy|clj|jsp|ceylon|dart|xtend|aj)(?::-?\d{1,9})?|Native Method|Unknown Source(?::\d{1,9})?|SourceFile(?::\d{1,9})?|(?:D8\$\$SyntheticClass|r8-map-id-[0-9a-f]{1,64})(?::\d{1,9})?|<generated>|Redefined|NO_SOURCE_FILE(?::\d{1,9})?|:\d{1,9}|R8\$\$SyntheticClass(?::\d{1,9})?)\)/;
/** No name begins with a bracket; Jackson's messages go on with ` at [Source: (String)"…"; line: 1]`. */
const ANY_FRAME = /^\s*at\s+[^\s([][^(]{0,1000}\([^()]{0,300}\)/;
const INSIDE =
  /^\s*\.\.\. \d{1,6} (?:more|common frames omitted|frames? (?:truncated|elided))|^\s*(?:(?:Caused by|Suppressed): )?\[CIRCULAR REFERENCE/;
const CHAINED = /^\s*(?:Caused by|Suppressed|Wrapped by): ?\S/;
const IN_THREAD = /^Exception in thread "/;
const THROWN = String.raw`(?:[A-Za-z_$][\w$]{0,120}\.){1,20}[\w$]{0,120}(?:Exception|Error|Throwable|Failure|Failed|Fault|Interrupt(?:ed)?|Death|Exit|Problem)(?:\$\w{1,60}){0,3}`;
/** The full name of a throwable (also of an anonymous or nested subclass of one), wherever it stands: what ends it is the message or the line. */
const SURE = new RegExp(String.raw`(?:^|[\s:([>])(${THROWN})(?=:|\s*$|;)`);
/** A name alone on its line or before a message: qualified with a class at its end, or called as exceptions are. */
const POSSIBLE =
  /^(?:(?:[A-Za-z_$][\w$]{0,120}\.){1,20}(?:[\w$]{1,120}\$)?[A-Z][\w$]{0,120}|[A-Z][\w$]{1,120}(?:Exception|Error|Throwable))(?=:\s|:?$)/;
/** The machine's last words where even the handler of uncaught exceptions has failed: no stack, mostly for want of memory. */
const HANDLER_FAILED = new RegExp(
  String.raw`^Exception: (${THROWN}) thrown from the UncaughtExceptionHandler in thread "(.{1,200})"$`,
);
/** Jazzer's findings, some of which are not called as exceptions are. */
const JAZZER = /^== Java Exception: (?=[A-Za-z_$])/;
const FATAL = /^FATAL EXCEPTION(?: IN SYSTEM PROCESS)?: (.{1,200})$/;
const PROCESS = /^Process: ([^,]{1,200})(?:, PID: (\d{1,10}))?/;
const FOREIGN_HEAD = /^(?:System|Microsoft|UnityEngine)\./;
const LEAD = 4;

/** Java, Kotlin, Scala, Groovy and all else on the JVM and on Android. */
export const javaLanguage: TraceLanguage = {
  format: 'java',
  recognises: (line) => {
    // A frame, a cause, or the head of an exception whose full name begins the line.
    const code = line.charCodeAt(0);
    if (code === 9 || code === 32 || code === 97) return PLACE.test(line) || INSIDE.test(line);
    return IN_THREAD.test(line) || HANDLER_FAILED.test(line) || (line.includes('.') && sureAt(line) === 0);
  },
  find: findJava,
};

const SHAPE: TraceShape = {
  isFrame: (line) => ANY_FRAME.test(line),
  isInside: (line) => INSIDE.test(line),
  isChained: (line) => CHAINED.test(line),
  header: (line) => {
    if (IN_THREAD.test(line)) return { at: 0, sure: true };
    const found = JAZZER.exec(line);
    if (found !== null) return { at: found[0].length, sure: true };
    const at = sureAt(line);
    if (at >= 0) return { at, sure: true };
    return POSSIBLE.test(line) ? { at: 0, sure: false } : null;
  },
};

function sureAt(line: string): number {
  if (!/Exception|Error|Throwable|Fail|Fault|Interrupt|Death|Exit|Problem/.test(line)) return -1;
  const match = SURE.exec(line.slice(0, 1000));
  if (match === null) return -1;
  return match.index + match[0].length - (match[1] ?? '').length;
}

function findJava(text: TraceText, at: number, from: number): FoundTrace | number | null {
  const failed = HANDLER_FAILED.exec(text.lines[at] ?? '');
  if (failed !== null) return handlerFailed(failed, at);
  const extent = traceExtent(text, at, from, SHAPE);
  const hasFrames = holds(text, extent, ANY_FRAME);
  // Frames that name no place of Java's are .NET's or JavaScript's, whose exceptions have names of the same shape.
  if (hasFrames && !holds(text, extent, PLACE)) return null;
  // A head alone is a trace where it has the full shape, but not of another language's classes.
  if (!hasFrames && !extent.headed) return extent.last;
  if (!hasFrames && FOREIGN_HEAD.test(text.lines[at] ?? '')) return null;
  const source = linesOf(text.lines, extent);
  // Without a head the parser must not take the first frame's log for one.
  const trace = parseJavaTrace(extent.headed ? source : source.replace(/^(?!\s*at\s)[^\n]*\n/, ''));
  if (trace.exceptions.length === 0) return extent.last;
  const lead = leadOf(text, extent.first, from);
  return {
    trace: { ...trace, data: lead.data, threads: trace.threads.length > 0 ? trace.threads : lead.threads },
    first: lead.first,
    last: extent.last,
    fate: lead.fate ?? (IN_THREAD.test(source) ? 'thread' : 'logged'),
    understood: extent.understood + extent.first - lead.first,
  };
}

function handlerFailed([, kind = '', thread = '']: RegExpExecArray, at: number): FoundTrace {
  const builder = new TraceBuilder([]);
  const thrown = builder.exception(kind, '');
  const threads = [{ name: thread, state: '', frames: [], createdBy: null, crashed: true }];
  return {
    trace: builder.trace('java', [thrown], { threads }),
    first: at,
    last: at + 1,
    fate: 'thread',
    understood: 1,
  };
}

function holds({ lines }: TraceText, { first, last }: TraceExtent, pattern: RegExp): boolean {
  for (let index = first; index < last; index += 1) if (pattern.test(lines[index] ?? '')) return true;
  return false;
}

interface Lead {
  readonly first: number;
  readonly fate: TraceFate | null;
  readonly data: readonly TraceDatum[];
  readonly threads: readonly TraceThread[];
}

/** What Android's run-time says before the exception: `FATAL EXCEPTION: main`, `Process: com.example, PID: 123`. */
function leadOf({ lines }: TraceText, first: number, from: number): Lead {
  let begin = first;
  let fate: TraceFate | null = null;
  const data: TraceDatum[] = [];
  const threads: TraceThread[] = [];
  for (let index = first - 1; index >= from && index >= first - LEAD; index -= 1) {
    const line = lines[index] ?? '';
    const process = PROCESS.exec(line);
    const fatal = FATAL.exec(line);
    if (process === null && fatal === null) break;
    begin = index;
    if (process !== null) {
      data.push(['process', process[1] ?? '']);
      if (process[2] !== undefined) data.push(['pid', process[2]]);
    }
    if (fatal === null) continue;
    fate = 'ended';
    threads.push({ name: fatal[1] ?? '', state: '', frames: [], createdBy: null, crashed: true });
    break;
  }
  return { first: begin, fate, data, threads };
}
