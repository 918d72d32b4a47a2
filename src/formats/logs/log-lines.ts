// The lines of a log on their way through the reader's steps: what each says, and where it stands in the original.

/** Longer texts are cut at the front half and kept at the end, where programs die. */
export const MAX_LOG_LENGTH = 4 * 1024 * 1024;
const MAX_LINES = 100_000;
/** A record of JSON with its stack is one line; anything longer is not looked into. */
export const MAX_RECORD_LENGTH = 256 * 1024;
/** What every later step sees of a line at most: it makes the patterns of the formats cheap, however hostile the text. */
export const MAX_LINE_LENGTH = 2000;

/** One line as it stands in the text. */
export interface RawLine {
  readonly text: string;
  /** Character offsets in the text, `end` after the line's end mark. */
  readonly start: number;
  readonly end: number;
}

/** One line of what the program wrote. */
export interface LogLine {
  /** Without colours, record and prefix; at most `MAX_LINE_LENGTH` characters. */
  readonly text: string;
  /** What the steps took off its front: time, level, logger; empty where there was nothing. */
  readonly prefix: string;
  /** Which of the interleaved writers wrote it: a process and tag of logcat, a container; empty where nothing tells. */
  readonly stream: string;
  /** A record of the log begins here, of which further lines are part: nothing of a trace reaches back before it. */
  readonly begins: boolean;
  /** Index of the raw line that it came from. */
  readonly raw: number;
}

/** The raw lines of a text; without a single `\n`, `\r` alone ends lines (old Macs). */
export function rawLines(text: string, notes: string[]): readonly RawLine[] {
  const length = Math.min(text.length, MAX_LOG_LENGTH);
  if (length < text.length) notes.push(`the text was cut after ${MAX_LOG_LENGTH} characters`);
  const mark = text.includes('\n') ? '\n' : '\r';
  const lines: RawLine[] = [];
  let start = 0;
  while (start < length) {
    if (lines.length >= MAX_LINES) {
      notes.push(`only the first ${MAX_LINES} lines were read`);
      break;
    }
    const found = text.indexOf(mark, start);
    const end = found < 0 || found >= length ? length : found + 1;
    let last = found < 0 || found >= length ? length : found;
    if (last > start && text.charCodeAt(last - 1) === 13) last -= 1;
    lines.push({ text: text.slice(start, last), start, end });
    start = end;
  }
  return lines;
}
