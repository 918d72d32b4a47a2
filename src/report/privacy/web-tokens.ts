// JSON web tokens inside of texts (RFC 7519), told by their head: base64url of a JSON object that names its algorithm. Names of packages and
// files, versions and other base64 have dots and long words, too, but never such a head.
import { asObject, own } from '../crashkit/json-object.ts';

/** How base64 of `{"`, `{ `, `{\n`, `{\r` and `{\t` begins: RFC 7515 lets whoever makes a token write blanks into its head. */
const BEGINNING = /e(?:y[AIJ]|w[0ko])/g;
/** Longer heads (chains of certificates: RFC 7515, section 4.1.6) are looked at no further. */
const MAX_HEAD = 16 * 1024;
/** `{"alg":""}` is the shortest head there is. */
const MIN_HEAD = 14;
/** Heads that are tried in one run of signs. */
const MAX_TRIES = 16;

/**
 * The text without web tokens; `filtered` hears of each. Looked for by hand: an expression would try each of many beginnings in one run up to
 * the run's end.
 */
export function replaceWebTokens(text: string, filtered: () => string): string {
  let out = '';
  let done = 0;
  let runEnd = 0;
  let tries = 0;
  BEGINNING.lastIndex = 0;
  for (let match = BEGINNING.exec(text); match !== null; match = BEGINNING.exec(text)) {
    const at = match.index;
    if (at >= runEnd) {
      runEnd = endOfRun(text, at);
      tries = 0;
    }
    if (text[runEnd] !== '.') {
      BEGINNING.lastIndex = runEnd;
      continue;
    }
    if (!mayBegin(text, at) || runEnd - at < MIN_HEAD || runEnd - at > MAX_HEAD) continue;
    tries += 1;
    const head = tries > MAX_TRIES ? null : headOf(text.slice(at, runEnd));
    const end = head === null ? null : endOfToken(text, runEnd, own(head, 'enc') === undefined ? 2 : 4);
    if (end === null) continue;
    out += text.slice(done, at) + filtered();
    done = end;
    runEnd = end;
    BEGINNING.lastIndex = end;
  }
  return done === 0 ? text : out + text.slice(done);
}

/** Behind a sign that is none of base64url, behind `-` and `_` of a name before it, and behind a sign that is written with `%`. */
function mayBegin(text: string, at: number): boolean {
  if (at === 0 || !isOfRun(text.charCodeAt(at - 1))) return true;
  const before = text[at - 1];
  return before === '-' || before === '_' || (at >= 3 && /^%[\dA-F]{2}$/i.test(text.slice(at - 3, at)));
}

/** What heads of tokens say (RFC 7515 and 7516, section 4.1). `alg` must be there, and yet some leave it out. */
const OF_HEADS = ['alg', 'enc', 'typ', 'kid'];

/** The head of a token; null: it is none. */
function headOf(encoded: string): Readonly<Record<string, unknown>> | null {
  const json = Buffer.from(encoded, 'base64url').toString('utf8');
  if (!/^\{\s*"/.test(json)) return null;
  try {
    const head = asObject(JSON.parse(json));
    return head !== null && OF_HEADS.some((name) => typeof own(head, name) === 'string') ? head : null;
  } catch {
    return null;
  }
}

/**
 * Where a token ends whose head ends at `at`, with at most so many further parts, which may be empty (a payload that is sent elsewhere, no
 * signature); null: nothing follows, and a head alone is no secret.
 */
function endOfToken(text: string, at: number, parts: number): number | null {
  let end = at;
  let last = at;
  for (let part = 0; part < parts && text[end] === '.'; part += 1) {
    const from = end + 1;
    end = endOfRun(text, from);
    if (end > from) last = end;
  }
  return last > at ? last : null;
}

/** Where signs of base64url (RFC 4648, section 5) end. */
function endOfRun(text: string, from: number): number {
  let end = from;
  while (end < text.length && isOfRun(text.charCodeAt(end))) end += 1;
  return end;
}

function isOfRun(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 45 ||
    code === 95
  );
}
