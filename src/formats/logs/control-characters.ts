// Takes off a line what a terminal would act on and not show: colours, titles, progress that was overwritten.

/** Anything that is worth a closer look; most lines have none of it. */
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f\u009b\u200b\u200e\u200f\u2028\u2029\ufeff]/;
// ECMA-48: control sequences end at a letter, strings of an operating system command at BEL or ST.
const SEQUENCE = /(?:\u001b\[|\u009b)[0-?]{0,64}[ -/]{0,8}[@-~]/g;
const COMMAND = /\u001b[\]PX^_][^\u0007\u001b]{0,2000}(?:\u0007|\u001b\\)?/g;
const ESCAPE = /\u001b(?:[()*+][A-Za-z0-9]|[ -/]?[0-~])?/g;
const REST = /[\u0000-\u0008\u000b-\u001f\u007f\u009b\u200b\u200e\u200f\u2028\u2029\ufeff]/g;
/** Colours whose escape character a logger has written out: `^[[31m`, rsyslog's `#033[31m`, JSON's `\u001b[31m`; or lost: `[31m`. */
const WRITTEN =
  /(?:\^\[|#033|\\u001[bB]|\\x1[bB]|\\033|\\e)\[[\d;]{0,32}m|(?<!\u001b)\[\d{1,3}(?:;\d{1,3}){0,4}m/g;

/** Blanks of pages and documents that a text was copied from, where its indentation was. */
const OTHER_BLANKS = /^[\u00a0\u2000-\u200a\u202f\u205f\u3000 \t]+/;

/** What a whole text is asked once: whether any of its lines is worth a closer look. Line ends are none. */
const UNUSUAL = /[^\t\n\r -~]/;
const COLOUR = /\[[\d;]{0,32}m/;
/** Progress goes back to the start of its line. */
const PROGRESS = /\r(?!\n)/;

/** Whether every line of a text is as it was written; its lines need no cleaning then. */
export function isPlain(text: string): boolean {
  return (
    !UNUSUAL.test(text) &&
    !(text.includes('[') && COLOUR.test(text)) &&
    !(text.includes('\r') && PROGRESS.test(text))
  );
}

/** The line as a person would have seen it. */
export function withoutControls(line: string): string {
  const plainStart = line.charCodeAt(0) < 128 ? line : withPlainStart(line);
  const seen =
    plainStart.includes('[') && plainStart.includes('m') ? plainStart.replace(WRITTEN, '') : plainStart;
  if (!CONTROL.test(seen)) return seen;
  const plain = seen.replace(COMMAND, '').replace(SEQUENCE, '').replace(ESCAPE, '');
  return lastWritten(plain).replace(REST, '');
}

function withPlainStart(line: string): string {
  return line.replace(OTHER_BLANKS, (blanks) => ' '.repeat(blanks.length));
}

/** A carriage return goes back to the start of the line: what stands after the last one is what stayed. */
function lastWritten(line: string): string {
  if (!line.includes('\r')) return line;
  const parts = line.split('\r');
  return parts.findLast((part) => part.trim() !== '') ?? '';
}
