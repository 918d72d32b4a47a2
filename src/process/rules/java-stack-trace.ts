// The text of a Java stack trace in parts, and the part of it that holds nothing private.
import { splitLines } from '../signature/signature-text.ts';

/** A Java stack trace in parts. */
export interface JavaStackTrace {
  readonly exceptionClass: string;
  /** May hold anything that the program knew: protected data. */
  readonly exceptionMessage: string;
  /** The `at …` lines of the first exception. */
  readonly stack: readonly string[];
  /** Everything after them: causes, suppressed exceptions. */
  readonly additional: readonly string[];
}

/** Takes a stack trace apart; null where the value is no such text. */
export function parseJavaStackTrace(text: unknown): JavaStackTrace | null {
  if (typeof text !== 'string' || text.trim() === '') return null;
  const lines = splitLines(text);
  const first = lines.findIndex((line, index) => index > 0 && isFrame(line));
  const header = lines.slice(0, first < 0 ? lines.length : first);
  const frames = first < 0 ? [] : lines.slice(first);
  const end = frames.findIndex((line) => !isFrame(line));
  const behind = end < 0 ? '' : (frames.slice(end).find((line) => line.trim() !== '') ?? '');
  // Behind the frames stand causes, suppressed exceptions, and `... 3 more`: anything else shows that this is another text.
  if (behind !== '' && !/^\s|^(?:Caused by|Suppressed):/.test(behind)) return null;
  const [head = '', ...more] = header;
  const colon = head.indexOf(':');
  return {
    exceptionClass: (colon < 0 ? head : head.slice(0, colon)).trim(),
    exceptionMessage: [colon < 0 ? '' : head.slice(colon + 1).trimStart(), ...more].join('\n').trimEnd(),
    stack: (end < 0 ? frames : frames.slice(0, end)).map((line) => line.trim()),
    additional: end < 0 ? [] : frames.slice(end),
  };
}

function isFrame(line: string): boolean {
  return line.startsWith('\tat ') || /^\s*at /.test(line);
}

/** Class and frames without the message. */
export function publicJavaStackTrace({ exceptionClass, stack }: JavaStackTrace): string {
  return [exceptionClass, ...stack.map((line) => `\t${line}`)].join('\n');
}
