// Small text operations whose exact outcome is part of signatures: they follow Python's definitions, because the
// signatures that they must equal were made with them.

const SPACES = /[\t-\r\u001c- \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;
const PYTHON_SPACE = /[\t-\r\u001c- \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** The text without white space at its ends. */
export function strip(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && PYTHON_SPACE.test(text.charAt(start))) start += 1;
  while (end > start && PYTHON_SPACE.test(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** White space turned into blanks, runs of it into one. */
export function collapseSpace(text: string): string {
  return text.replace(SPACES, ' ');
}

/** The lines of a text; a line end at the very end starts no further line. */
export function splitLines(text: string): readonly string[] {
  const lines = text.split(/\r\n|[\n\r\v\f\u001c-\u001e\u0085\u2028\u2029]/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Only the printable ASCII characters. */
export function printableOnly(text: string): string {
  return text.replace(/[^ -~]/g, '');
}

/** `0x00ff` as `0xff`, `40` (hexadecimal) as `0x40`; what is no hexadecimal text stays as it is. */
export function stripLeadingZeros<T>(value: T): T | string {
  if (typeof value !== 'string') return value;
  const match = /^\s*([+-]?)(?:0[xX])?([0-9a-fA-F]{1,64})\s*$/.exec(value);
  if (match === null) return value;
  const digits = (match[2] ?? '').toLowerCase().replace(/^0+(?=.)/, '');
  return `${match[1] === '-' && digits !== '0' ? '-' : ''}0x${digits}`;
}

/** Number of characters as people (and Python) count them. */
export function characters(text: string): number {
  let count = 0;
  for (const character of text) count += character.length > 0 ? 1 : 0;
  return count;
}

/** The first characters of a text; a character outside the basic plane is never cut in two. */
export function firstCharacters(text: string, count: number): string {
  return text.length <= count
    ? text
    : Array.from(text.slice(0, count * 2))
        .slice(0, count)
        .join('');
}
