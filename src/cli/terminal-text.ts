// What a command prints on a terminal: texts that clients sent could steer it (colours, titles, keys that it types back) or turn the direction of
// its lines around. They are shown by their numbers instead. Files and pipes get every byte as it is.

// Line feed and tab stay. The rest: C0, DEL and C1 (ECMA-48), line and paragraph separators, and what turns text around (UAX 9).
// oxlint-disable-next-line no-control-regex -- control characters are what is replaced
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The text as a terminal may have it. A carriage return before a line feed is no more than the end of a line. */
export function terminalText(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll(STEERING, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
