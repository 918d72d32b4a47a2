// Messages without the values in them, so that two crashes that say the same of different things say the same. Every pattern is of
// bounded repetition or of disjoint neighbours, so that any text costs little; only the first line counts, and that up to a length.

/** Longer first lines are cut: what tells messages apart stands at their beginning. */
const MAX_LENGTH = 300;

interface Fold {
  readonly kind: string;
  readonly pattern: RegExp;
  readonly replacement: string;
}

/** In this order: what may hold others in it comes first. Each with what it is for. */
const FOLDS: readonly Fold[] = [
  // `<shop.Cart object at 0x7f…>` of Python, `#<Cart:0x000…>` of Ruby, `shop.Cart@1a2b3c` of Java.
  {
    kind: 'object',
    pattern: /#?<[\w.:]{1,100}(?: object)?(?: at |:)0x[0-9a-fA-F]{1,16}[^<>]{0,100}>/g,
    replacement: '<object>',
  },
  {
    kind: 'object',
    pattern: /\b([A-Za-z_][\w.$]{0,100})@[0-9a-f]{4,8}\b(?!\.)/g,
    replacement: '$1@<object>',
  },
  { kind: 'URL', pattern: /\b[a-z][a-z0-9+.-]{1,15}:\/\/[^\s"'<>]{1,300}/gi, replacement: '<url>' },
  { kind: 'e-mail', pattern: /\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}/g, replacement: '<e-mail>' },
  // Values are quoted; code is, too, in backticks, and stays.
  { kind: 'quoted value', pattern: /(?<![\w"])"(?:[^"\\]|\\.){0,250}"(?!\w)/g, replacement: '<value>' },
  { kind: 'quoted value', pattern: /(?<!\w)'[^']{0,250}'(?!\w)/g, replacement: '<value>' },
  { kind: 'quoted value', pattern: /[‘“«„][^’”»“]{0,250}[’”»“]/g, replacement: '<value>' },
  { kind: 'quoted value', pattern: /`[^`']{1,100}'/g, replacement: '<value>' },
  {
    kind: 'UUID',
    pattern: /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi,
    replacement: '<uuid>',
  },
  {
    kind: 'date',
    pattern:
      /\b\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)?(?: ?(?:Z|UTC|GMT|[-+]\d{2}:?\d{2}))?(?!\w)/g,
    replacement: '<time>',
  },
  { kind: 'date', pattern: /\b\d{1,2}[-/.]\d{1,2}[-/.]\d{4}\b/g, replacement: '<time>' },
  {
    kind: 'date',
    pattern:
      /\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? )?(?:\d{1,2} )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6} \d{1,4}(?:,? \d{4})?(?:,? \d{1,2}:\d{2}(?::\d{2})?)?(?: [A-Z]{3,4})?(?: \d{4})?\b/g,
    replacement: '<time>',
  },
  // Windows paths with a drive or a server; Unix paths of two parts, or one behind a blank.
  { kind: 'path', pattern: /(?:\b[A-Za-z]:[\\/]|\\\\)[^\s"'<>|:*?,;()]{1,250}/g, replacement: '<path>' },
  {
    kind: 'path',
    pattern: /(?<![\w.<>/])(?:~|\.{1,2})?\/[\w.+@%~-]{1,100}(?:\/[\w.+@%~-]{0,100}){0,30}/g,
    replacement: '<path>',
  },
  {
    kind: 'time',
    pattern: /(?<![\w:.])\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?: ?[AaPp][Mm])?(?![\w:])/g,
    replacement: '<time>',
  },
  {
    kind: 'IPv6',
    pattern: /(?<![\w:])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?:%\w{1,16})?(?![\w:])/g,
    replacement: '<ip>',
  },
  {
    kind: 'IPv4',
    pattern: /(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?(?![\w.]*\w)/g,
    replacement: '<ip>',
  },
  // Machines: three names or more, or two with an ending that machines have. Names of classes have capitals.
  {
    kind: 'host',
    pattern: /(?<![\w.@<-])(?:[a-z0-9][a-z0-9-]{0,62}\.){2,6}[a-z]{2,24}(?::\d{1,5})?(?![\w.(-]*\w)/g,
    replacement: '<host>',
  },
  {
    kind: 'host',
    pattern:
      /(?<![\w.@<-])[a-z0-9][a-z0-9-]{0,62}\.(?:com|org|net|edu|gov|io|dev|app|de|uk|fr|eu|us|cn|jp|ru|br|in|nl|local|localdomain|internal|lan|corp|home|test|example|invalid)(?::\d{1,5})?(?![\w.-]*\w)/g,
    replacement: '<host>',
  },
  { kind: 'hexadecimal number', pattern: /\b0x[0-9a-fA-F]{1,32}\b/g, replacement: '<hex>' },
  // Hashes and trace ids: long enough, and digits and letters in them.
  {
    kind: 'hash',
    pattern: /(?<![\w-])(?=[a-f]{0,64}\d)(?=\d{0,64}[a-f])[0-9a-f]{7,128}(?![\w-])/gi,
    replacement: '<hash>',
  },
  // Random identifiers: letters and digits that change place again and again.
  {
    kind: 'id',
    pattern: /(?<![\w-])(?=\w{8,64}(?!\w))(?:[A-Za-z_]{0,8}\d{1,8}[A-Za-z_]{1,8}){2,16}\d{0,8}(?![\w-])/g,
    replacement: '<id>',
  },
  {
    kind: 'boolean',
    pattern: /([=:] ?)(?:true|false|null|nil|none|undefined|yes|no|on|off)\b/gi,
    replacement: '$1<flag>',
  },
  {
    kind: 'duration',
    pattern: /(?<![\w.])(?:\d{1,9}(?:\.\d{1,9})?(?:ns|us|µs|ms|s|m|min|h|d)){1,6}(?!\w)/g,
    replacement: '<duration>',
  },
  {
    kind: 'duration',
    pattern:
      /(?<![\w.])\d{1,15}(?:[.,]\d{1,9})? ?(?:nanoseconds?|microseconds?|milliseconds?|millis|msecs?|seconds?|secs?|minutes?|mins?|hours?|days?|weeks?|ms|ns|µs|us|s|h)\b/gi,
    replacement: '<duration>',
  },
  {
    kind: 'size',
    pattern: /(?<![\w.])\d{1,15}(?:[.,]\d{1,9})? ?(?:[KMGTP]i?B|[kmgtp]b|bytes?|B)\b/g,
    replacement: '<size>',
  },
  { kind: 'ordinal', pattern: /(?<!\w)\d{1,9}(?:st|nd|rd|th)\b/g, replacement: '<number>' },
  {
    kind: 'version',
    pattern: /(?<![\w.])v?\d{1,9}(?:\.\d{1,9}){1,3}(?:[-+][A-Za-z][\w.-]{0,30})?(?:[eE][-+]?\d{1,4})?(?!\w)/g,
    replacement: '<number>',
  },
  {
    kind: 'number',
    pattern: /(?<![\w.])\d{1,3}(?:[,'’_ \u00a0\u202f]\d{3}){1,8}(?:[.,]\d{1,9})?(?!\w)/g,
    replacement: '<number>',
  },
  {
    kind: 'number',
    pattern: /(?<![\w.])\d{1,40}(?:[.,]\d{1,20})?(?:[eE][-+]?\d{1,4})?(?![A-Za-z_\d])/g,
    replacement: '<number>',
  },
  { kind: 'number', pattern: /(?<![A-Za-z_\d])\d{1,40}(?=[a-z]{1,4}\b)/g, replacement: '<number>' },
  // The sign belongs to the number where it does not join two words.
  { kind: 'number', pattern: /(?<![\w>)\]])[-+](?=<number>|<size>|<duration>)/g, replacement: '' },
];

/** A message without its values. */
export interface FoldedMessage {
  readonly text: string;
  /** Kinds of values that were taken out, in order. */
  readonly kinds: readonly string[];
}

/** Without any of these a text holds no value that a fold knows: digits, quotes, marks of addresses and paths, flags. */
const VALUE = /[\d"'`‘“«„@/\\:=<.]/;

/** Folds the first line of a message. */
export function foldedMessage(message: string): FoldedMessage {
  let text = firstLine(message).slice(0, MAX_LENGTH);
  // Values are numbers, in quotes, or have a mark in them that words have not.
  if (!VALUE.test(text)) return { text: text.replace(/\s+/g, ' '), kinds: [] };
  const kinds = new Set<string>();
  for (const { kind, pattern, replacement } of FOLDS) {
    const folded = text.replace(pattern, replacement);
    if (folded !== text) kinds.add(kind);
    text = folded;
  }
  return { text: text.replace(/\s+/g, ' ').trim(), kinds: [...kinds] };
}

/** The first line that says something. */
export function firstLine(message: string): string {
  let start = 0;
  while (start < message.length) {
    const end = message.indexOf('\n', start);
    const line = message.slice(start, end < 0 ? undefined : end).trim();
    if (line !== '') return line;
    if (end < 0) return '';
    start = end + 1;
  }
  return '';
}
