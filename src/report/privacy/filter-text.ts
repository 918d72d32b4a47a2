// Secrets inside of texts: queries and credentials of URLs, `name=value`, header lines, tokens that show what they are,
// numbers of payment cards. Every expression is bounded, so that hostile text costs no more than its length.
import { isUtf8 } from 'node:buffer';
import { decoded } from './query-parameters.ts';
import type { SecretNames } from './secret-names.ts';
import { replaceWebTokens } from './web-tokens.ts';

/** What stands in the place of a secret. */
export const FILTERED = '[Filtered]';

/** A text without its secrets, and how many there were. */
export interface FilteredText {
  readonly text: string;
  readonly count: number;
}

/** How a text is read. */
export interface TextOptions {
  /** `query`: `a=b&c=d`; `source`: a line of a program, where only literals are values; `text`: anything else. */
  readonly as?: 'text' | 'query' | 'source';
}

/** One look that most texts end with. */
const WORTH_LOOKING =
  /[?&;][\w.[\]%-]{1,60}=|:\/\/[^\s]{1,300}@|(?:^|\s)-p|pass|pw|secret|token|auth|cookie|key|credential|sess(?:ion)?.?id|bearer|basic |jwt|cvv|cvc|ey[AIJ]|ew[0ko]|AKIA|AIza|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk[_-]|rk_live|sntry[su]_|npm_|PRIVATE KEY|[3-6]\d{3}[\d -]{9}/i;

const QUERY = /([?&;])([A-Za-z0-9_.[\]%-]{1,60})=([^&;#\s"'<>\\)]{1,4000})/g;
/** In what is a query as a whole, a value ends only at the next mark: quotes and blanks are part of it, however long it is. */
const WHOLE_QUERY = /([?&;])([A-Za-z0-9_.[\]%-]{1,60})=([^&;#]+)/g;
/** What a line of a program holds between quotes is text: messages, commands and JSON that somebody has written into it. */
const LITERAL = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`/g;
/** Values of a query that are addresses or queries themselves, written with `%`, are read so many levels deep. */
const MAX_INNER_QUERY = 2;
/** The password of a URL ends at the last `@` before the path. */
const CREDENTIALS = /(:\/\/[^/\s:@?#"']{0,100}):([^/\s?#"']{1,200})@/g;
/**
 * A password with a `/` in it, which is looked for beforehand: two repetitions beside each other would be tried in all their lengths. A port
 * ends with one, too, but is a number.
 */
const SLASHED_CREDENTIALS =
  /(:\/\/[^/\s:@?#"']{0,100}):(?!\d{1,5}(?:[/?#]|$))(?=[^\s?#"'@/]{0,200}\/)([^\s?#"'@]{1,200})@/g;
/** An option of a command and the word after it. */
const OPTION = /(^|\s)(--?)([A-Za-z][\w.-]{1,60})([ \t]{1,3})(?!-)([^\s"'`;|&]{1,400})/g;
/**
 * mysql, sshpass and docker login call their password `-p`; ports, folders and words, which other programs mean by it, are no mix of
 * letters and digits.
 */
const SHORT_OPTION =
  /(^|\s)(-p[ \t]{0,3})(?![-./~])(?=[^\s]{0,60}[A-Za-z])(?=[^\s]{0,60}\d)([^\s"'`;|&]{4,400})/g;
/** A name and what stands between it and its value; the value is read by hand. */
const ASSIGNED = /(["'`]?)([A-Za-z_][\w.-]{0,60})(["'`]?\]?)(\s{0,3}(?:=>|:=|[:=])\s{0,3})/g;
const HEADER_LINE = /^([A-Za-z][A-Za-z0-9-]{1,60}):[ \t]{0,3}(\S[^\r\n]{0,4000})$/gm;
/** Other tokens that show what they are. */
const TOKENS: readonly RegExp[] = [
  // "Bearer validation" is prose: a credential has a digit, a sign or padding in it.
  /\bBearer[ ]{1,3}(?=[A-Za-z~+/-]{0,200}[0-9._=])[A-Za-z0-9._~+/=-]{6,4000}/gi,
  /\b(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255}|glpat-[\w-]{16,64}|npm_[A-Za-z0-9]{30,60})\b/g,
  /\b(?:sk|rk|pk)_live_[A-Za-z0-9]{10,128}\b/g,
  // Classes of style sheets (`sk-folding-cube-animation`) are small letters alone.
  /\bsk-(?=[a-z_-]{0,200}[A-Z\d])[A-Za-z0-9_-]{20,200}\b/g,
  /\bxox[abprs]-[A-Za-z0-9-]{10,200}\b/g,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g,
  /\bAIza[\w-]{35}\b/g,
  /\bsntry[su]_[A-Za-z0-9_=+/-]{20,500}/g,
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{0,10000}(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?/g,
];
/** What may be the number of a payment card: `isCardNumber` tells. */
export const CARD = /(?<![\w.-])[3-6]\d{3}(?:[ -]?\d){9,12}(?![\w-]|\.\d)/g;

/** The text without tokens that show what they are; `filtered` hears of each. */
export function replaceTokens(text: string, filtered: () => string): string {
  return TOKENS.reduce(
    (out, pattern) => out.replace(pattern, (all) => (all.includes(FILTERED) ? all : filtered())),
    replaceWebTokens(text, filtered).replace(BASIC, (all, encoded: string) =>
      isCredential(encoded) ? filtered() : all,
    ),
  );
}

/** RFC 7617: base64 of `user:password`. "Visual Basic 6.0.98" and "basic validation" are none. */
const BASIC = /\bBasic[ ]{1,3}([A-Za-z0-9+/_-]{4,4000}={0,2})(?![\w+/-])/gi;

function isCredential(encoded: string): boolean {
  const bytes = Buffer.from(encoded, 'base64');
  if (!bytes.includes(0x3a) || bytes.some((byte) => byte < 0x20 || byte === 0x7f)) return false;
  // Other charsets than UTF-8 are allowed; words of prose are neither.
  return isUtf8(bytes) || /[\d=]/.test(encoded);
}

/** The text without its secrets. */
export function filterText(
  text: string,
  names: SecretNames,
  { as = 'text' }: TextOptions = {},
): FilteredText {
  return filterLevel(text, names, { as, level: 0 });
}

function filterLevel(
  text: string,
  names: SecretNames,
  { as, level }: Required<TextOptions> & { readonly level: number },
): FilteredText {
  if (as !== 'query' && !WORTH_LOOKING.test(text)) return { text, count: 0 };
  let count = 0;
  const filtered = (): string => {
    count += 1;
    return FILTERED;
  };
  let out = as === 'query' ? `&${text}` : text;
  out = out.replace(
    as === 'query' ? WHOLE_QUERY : QUERY,
    (all, mark: string, name: string, value: string) => {
      if (value === FILTERED) return all;
      if (names.isSecret(decoded(name))) return `${mark}${name}=${filtered()}`;
      if (level === MAX_INNER_QUERY || !value.includes('%')) return all;
      const inner = filterLevel(decoded(value), names, { as: 'text', level: level + 1 });
      count += inner.count;
      return inner.count === 0 ? all : `${mark}${name}=${encoded(inner.text)}`;
    },
  );
  if (as === 'query') out = out.slice(1);
  out = out.replace(CREDENTIALS, (all, user: string, secret: string) =>
    secret === FILTERED ? all : `${user}:${filtered()}@`,
  );
  out = out.replace(SLASHED_CREDENTIALS, (all, user: string, secret: string) =>
    secret.includes(FILTERED) ? all : `${user}:${filtered()}@`,
  );
  out = replaceTokens(out, filtered);
  out = out.replace(CARD, (all) => (isCardNumber(all) ? filtered() : all));
  if (as === 'text') {
    out = out.replace(HEADER_LINE, (all, name: string, value: string) =>
      isHeader(name, names) && !value.startsWith(FILTERED) ? `${name}: ${filtered()}` : all,
    );
  }
  out = filterAssigned(out, names, as === 'source', filtered);
  if (as === 'text') out = filterOptions(out, names, filtered);
  if (as === 'source') {
    out = out.replace(LITERAL, (all) => {
      const mark = all.slice(0, 1);
      const inner = filterLevel(all.slice(1, -1).replace(/\\(["'`\\])/g, '$1'), names, { as: 'text', level });
      count += inner.count;
      return inner.count === 0 ? all : mark + inner.text.replaceAll(mark, `\\${mark}`) + mark;
    });
  }
  return { text: out, count };
}

/** Header fields whose lines are recognised by themselves; other `Word: text` is prose. */
function isHeader(name: string, names: SecretNames): boolean {
  return (
    /^(?:proxy-)?authorization$|^(?:set-)?cookie2?$/i.test(name) ||
    (name.includes('-') && names.isSecretInText(name))
  );
}

function filterAssigned(
  text: string,
  names: SecretNames,
  literalsOnly: boolean,
  filtered: () => string,
): string {
  let out = '';
  let done = 0;
  ASSIGNED.lastIndex = 0;
  for (let match = ASSIGNED.exec(text); match !== null; match = ASSIGNED.exec(text)) {
    const [, open = '', name = '', close = '', operator = ''] = match;
    const at = match.index + match[0].length;
    const isColon = operator.includes(':') && !operator.includes('=');
    if (!names.isSecretInText(name)) continue;
    // `word: text` without quotes is prose ("Unexpected token: }"), unless the text is no word ("password: hunter2").
    if (isColon && open === '' && close === '' && !LIKE_A_PASSWORD.test(text.slice(at, at + 100))) continue;
    const value = valueAt(text, at, literalsOnly);
    if (value === null || value.text === '' || value.text === FILTERED) continue;
    out += `${text.slice(done, value.from)}${filtered()}`;
    done = value.to;
    ASSIGNED.lastIndex = Math.max(value.to, at);
  }
  return done === 0 ? text : out + text.slice(done);
}

/** A mix of letters and digits, which no word of a sentence is; a quoted value is told by its quotes. */
const LIKE_A_PASSWORD = /^(?=[^\s"'`]{0,60}[A-Za-z])(?=[^\s"'`]{0,60}\d)[^\s"'`()[\]{}<>]{6,}/;

function filterOptions(text: string, names: SecretNames, filtered: () => string): string {
  return text
    .replace(OPTION, (all, before: string, dashes: string, name: string, gap: string, value: string) =>
      !value.includes(FILTERED) && names.isSecret(name)
        ? `${before}${dashes}${name}${gap}${filtered()}`
        : all,
    )
    .replace(SHORT_OPTION, (all, before: string, option: string, value: string) =>
      value.includes(FILTERED) ? all : `${before}${option}${filtered()}`,
    );
}

const MAX_VALUE = 4000;
const NO_LITERAL = /^(?:null|none|nil|undefined|true|false|=.*)$/i;

/** The value that begins at `at`: a quoted literal, else what stands before the next space or separator. */
function valueAt(
  text: string,
  at: number,
  literalsOnly: boolean,
): { readonly from: number; readonly to: number; readonly text: string } | null {
  if (text.startsWith(FILTERED, at)) return null;
  const quote = text[at];
  if (quote === '"' || quote === "'" || quote === '`') {
    let end = at + 1;
    while (end < text.length && end - at < MAX_VALUE && text[end] !== quote)
      end += text[end] === '\\' ? 2 : 1;
    return { from: at + 1, to: Math.min(end, text.length), text: text.slice(at + 1, end) };
  }
  if (literalsOnly) return null;
  const word = /^[^\s,;&)}\]"']{1,4000}/.exec(text.slice(at, at + MAX_VALUE))?.[0] ?? '';
  return word === '' || NO_LITERAL.test(word) ? null : { from: at, to: at + word.length, text: word };
}

/** Written with `%` again, the mark of what was filtered as it is everywhere. */
export function encoded(text: string): string {
  return text
    .toWellFormed()
    .split(FILTERED)
    .map((part) => encodeURIComponent(part))
    .join(FILTERED);
}

/** The check digit of ISO/IEC 7812 (Luhn). */
export function isCardNumber(text: string): boolean {
  const digits = text.replace(/\D/g, '');
  let sum = 0;
  for (let index = digits.length - 1, double = false; index >= 0; index -= 1, double = !double) {
    const digit = digits.charCodeAt(index) - 48;
    sum += double ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
  }
  return sum % 10 === 0;
}
