// How the message of a Go panic is cleaned of what differs from one crash to the next: data, so that a product can
// have rules of its own. The patterns are of our writing; they cover what Syncthing's crash receiver covers, and the amounts that the
// runtime names when memory is out or damaged.

/** One replacement in a message. */
export interface MessageRule {
  readonly name: string;
  /** Global, without look-behind or nested repetition, so that any message costs little. */
  readonly pattern: RegExp;
  readonly replacement: string;
  /** True where the message alone names the bug: a damaged database is the same bug wherever it was noticed. */
  readonly placeDoesNotMatter: boolean;
}

/** Rules in the order in which they are applied. */
export const GO_MESSAGE_RULES: readonly MessageRule[] = [
  rule('database position', /(\(pos=)\d+\)/g, '$1x)', true),
  rule('database table file', /(\[file=)\d+(\.ldb\])/g, '$1x$2', true),
  rule('database checksum', /(want=0x)[a-z0-9]+( got=0x)[a-z0-9]+/g, '$1X$2X', true),
  rule('database key', /(internal key ")[^"]+(", len=)\d+/g, '$1x$2x', true),
  rule('database file', /\b(open|write|read) \S.*[\\/]index[^\\/]+[\\/][^\\/]+: /g, '$1 x: ', true),
  rule('index', /\[[-:0-9]+\]/g, '[x]', false),
  rule('size', /\b(length|capacity) \d+/g, '$1 x', false),
  rule('bytes', /\b\d+(-byte\b| bytes\b| in use\b)/g, 'x$1', false),
  rule('heap counter', /\b(elemsize|freeindex|nelems|allocCount|sweepgen)=\d+/g, '$1=x', false),
  rule('address', /\b0x[0-9a-f]{5,16}\b/g, '0xX', false),
];

function rule(name: string, pattern: RegExp, replacement: string, placeDoesNotMatter: boolean): MessageRule {
  return { name, pattern, replacement, placeDoesNotMatter };
}
