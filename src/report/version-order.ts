// The order of a product's versions, whatever their style: semantic versions, dates and build numbers, four numbers, Debian's,
// Python's (PEP 440), Firefox's channels. A total order (equal ones included), so lists and "that version or a later one" agree.

const MAX_LENGTH = 200;

/** What may stand at one place of a version, in ascending order. */
const PLACE = { tilde: 0, before: 1, end: 2, build: 3, after: 4, revision: 5, number: 6 } as const;
type Place = (typeof PLACE)[keyof typeof PLACE];

interface Token {
  readonly place: Place;
  /** Orders words of one place. */
  readonly rank: number;
  /** Digits without leading zeros, or a word in lower case. */
  readonly text: string;
}

const END: Token = { place: PLACE.end, rank: 0, text: '' };

/** Words that stand before the release, in the order of PEP 440; semantic versioning has the same order but for `dev`. */
const BEFORE: Readonly<Record<string, number>> = {
  dev: 0,
  snapshot: 0,
  nightly: 0,
  canary: 0,
  a: 1,
  alpha: 1,
  b: 2,
  beta: 2,
  m: 3,
  milestone: 3,
  pre: 4,
  preview: 4,
  c: 5,
  cr: 5,
  rc: 5,
};
/** One name for words that mean the same. */
const SAME: Readonly<Record<string, string>> = {
  a: 'alpha',
  b: 'beta',
  m: 'milestone',
  pre: 'preview',
  c: 'rc',
  cr: 'rc',
};
/** An unknown word after a hyphen is a pre-release of semantic versioning; it stands among the betas, by the alphabet. */
const UNKNOWN_BEFORE = 2;
/** Words that come after the release: PEP 440's `post`, Firefox's `esr`, service packs and patches. */
const AFTER = new Set([
  'post',
  'rev',
  'r',
  'esr',
  'sp',
  'patch',
  'p',
  'pl',
  'hotfix',
  'u',
  'update',
  'ubuntu',
  'deb',
  'bpo',
]);
/** Words that say nothing but that it is the release. */
const RELEASE = new Set(['final', 'ga', 'release', 'stable']);

/** Orders two versions: negative, zero or positive. Reads at most 200 characters of each. */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0;
  const [left, right] = [parse(a), parse(b)];
  const epochs = compareNumbers(left.epoch, right.epoch);
  if (epochs !== 0) return epochs;
  for (let index = 0; index < Math.max(left.tokens.length, right.tokens.length); index += 1) {
    const order = compareTokens(left.tokens[index] ?? END, right.tokens[index] ?? END);
    if (order !== 0) return order;
  }
  return 0;
}

function compareTokens(a: Token, b: Token): number {
  if (a.place !== b.place) return a.place - b.place;
  if (a.place === PLACE.number || a.place === PLACE.revision) return compareNumbers(a.text, b.text);
  if (a.rank !== b.rank) return a.rank - b.rank;
  return a.text < b.text ? -1 : Number(a.text > b.text);
}

/** Digits without leading zeros, of any length. */
function compareNumbers(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : Number(a > b);
}

/** `esrrc2` of Firefox is two words. */
const PIECE = /([+~]|[.\s_:/-]*)(\d+|esr(?=rc)|\p{L}+)|[+~]/gu;

interface Parsed {
  readonly epoch: string;
  readonly tokens: readonly Token[];
}

/** A product has few versions, and sorting a list asks for each of them many times. */
const MAX_KEPT = 4096;
const kept = new Map<string, Parsed>();

function parse(text: string): Parsed {
  const known = kept.get(text);
  if (known !== undefined) return known;
  const parsed = parseAnew(text);
  if (kept.size >= MAX_KEPT) kept.clear();
  if (text.length <= MAX_LENGTH) kept.set(text, parsed);
  return parsed;
}

function parseAnew(text: string): Parsed {
  const trimmed = text.slice(0, MAX_LENGTH).trim();
  const epoch = /^(\d{1,9}):/.exec(trimmed)?.[1];
  // `v10.2`, `build 7`, `Version: 3`, `release-5`: what stands in front of the first digit names no version.
  const rest = (epoch === undefined ? trimmed : trimmed.slice(epoch.length + 1)).replace(
    /^\p{L}+[\s.:_-]*(?=\d)/u,
    '',
  );
  const tokens: Token[] = [];
  for (const [piece, separator = '', value = ''] of rest.matchAll(PIECE)) {
    if (piece.startsWith('~')) tokens.push({ place: PLACE.tilde, rank: 0, text: '' });
    if (piece.startsWith('+')) tokens.push({ place: PLACE.build, rank: 0, text: '' });
    if (value !== '') add(tokens, value, separator);
  }
  return { epoch: withoutZeros(epoch ?? '0'), tokens: withoutTrailingZeros(tokens) };
}

function add(tokens: Token[], value: string, separator: string): void {
  if (/^\d/.test(value)) {
    const afterHyphen = separator.endsWith('-') && tokens.at(-1)?.place === PLACE.number;
    tokens.push({ place: afterHyphen ? PLACE.revision : PLACE.number, rank: 0, text: withoutZeros(value) });
    return;
  }
  const word = value.toLowerCase();
  if (RELEASE.has(word)) return;
  const rank = BEFORE[word];
  if (rank !== undefined) tokens.push({ place: PLACE.before, rank, text: SAME[word] ?? word });
  else if (AFTER.has(word)) tokens.push({ place: PLACE.after, rank: 0, text: word });
  else if (tokens.length === 0 || separator.endsWith('-'))
    tokens.push({ place: PLACE.before, rank: UNKNOWN_BEFORE, text: word });
  // OpenSSL's `1.0.2k`: letters that follow a number at once count upwards.
  else tokens.push({ place: PLACE.after, rank: 1, text: word });
}

const withoutZeros = (digits: string): string => digits.replace(/^0+(?=\d)/, '');

/** `1.0` and `1.0.0` are one version: zeros at the end of the numbers in front say nothing. */
function withoutTrailingZeros(tokens: readonly Token[]): readonly Token[] {
  const first = tokens.findIndex((token) => token.place !== PLACE.number);
  const numbers = first === -1 ? tokens.length : first;
  let kept = numbers;
  while (kept > 1 && tokens[kept - 1]?.text === '0') kept -= 1;
  return [...tokens.slice(0, kept), ...tokens.slice(numbers)];
}
