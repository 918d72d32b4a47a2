// Cuts a text into bounded lines. The bounds make every line pattern of the formats cheap, however hostile the text.

/** Longer texts are cut: the longest real trace seen (500 goroutines) has 0.5 MB. */
export const MAX_TRACE_LENGTH = 4 * 1024 * 1024;
const MAX_LINES = 100_000;
const MAX_LINE_LENGTH = 2000;

/** The lines of a text without their ends, and what was cut. */
export interface TraceLines {
  readonly lines: readonly string[];
  readonly notes: string[];
}

/** Splits at `\n`, `\r\n` and `\r`; a literal backslash-n, as some loggers write, is left alone. */
export function traceLines(text: string): TraceLines {
  const notes: string[] = [];
  let kept = text;
  if (kept.length > MAX_TRACE_LENGTH) {
    kept = kept.slice(0, MAX_TRACE_LENGTH);
    notes.push(`the text was cut after ${MAX_TRACE_LENGTH} characters`);
  }
  let lines = kept.split(/\r\n|\n|\r/, MAX_LINES + 1);
  if (lines.length > MAX_LINES) {
    lines = lines.slice(0, MAX_LINES);
    notes.push(`only the first ${MAX_LINES} lines were read`);
  }
  let long = 0;
  const bounded = lines.map((line) => {
    if (line.length <= MAX_LINE_LENGTH) return line;
    long += 1;
    return line.slice(0, MAX_LINE_LENGTH);
  });
  if (long > 0) notes.push(`${long} long lines were cut after ${MAX_LINE_LENGTH} characters`);
  return { lines: bounded, notes };
}

/** Number of blanks (a tab counts as one) at the start of a line. */
export function indentation(line: string): number {
  let count = 0;
  while (line.charCodeAt(count) === 32 || line.charCodeAt(count) === 9) count += 1;
  return count;
}
