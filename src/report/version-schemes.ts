// How a product orders its versions: by one of the schemes below, and by what people corrected. The order is total whatever they say, so that
// lists, searches and "that version or a later one" agree.
import { compareVersions } from './version-order.ts';

/**
 * `automatic`: by what each version looks like (`version-order.ts`). `semver`: semver.org 2.0.0, whatever has another form before all that
 * have it. `debian`: as dpkg compares. `first_seen`: the version that crashed first is the oldest.
 */
export const VERSION_SCHEMES = ['automatic', 'semver', 'debian', 'first_seen'] as const;
export type VersionScheme = (typeof VERSION_SCHEMES)[number];

/** One version stands right behind another, whatever the scheme says; null: before all others. */
export interface VersionCorrection {
  readonly version: string;
  readonly after: string | null;
}

export interface VersionRules {
  readonly scheme: VersionScheme;
  /** Of several behind the same version the first stands next to it. */
  readonly corrections: readonly VersionCorrection[];
}

/** Negative: the first is older. Zero: the two are one version. */
export type CompareVersions = (a: string, b: string) => number;

export const MAX_CORRECTIONS = 200;

/**
 * The order of a product's versions. `firstSeenAt` tells when a version was seen first, in milliseconds since 1970 (undefined: never, which
 * makes it the newest); asked for by the scheme `first_seen` alone.
 */
export function versionOrder(
  { scheme, corrections }: VersionRules,
  firstSeenAt: (version: string) => number | undefined,
): CompareVersions {
  const base = schemeOrder(scheme, firstSeenAt);
  if (corrections.length === 0) return base;
  const placeOf = placeFinder(corrections);
  return (a, b) => {
    if (a === b) return 0;
    return comparePlaces(placeOf(a), placeOf(b), base);
  };
}

function schemeOrder(
  scheme: VersionScheme,
  firstSeenAt: (version: string) => number | undefined,
): CompareVersions {
  switch (scheme) {
    case 'semver':
      return compareSemver;
    case 'debian':
      return compareDebian;
    case 'first_seen':
      return (a, b) => {
        if (a === b) return 0;
        const [left, right] = [firstSeenAt(a) ?? Infinity, firstSeenAt(b) ?? Infinity];
        return left === right ? compareVersions(a, b) : left < right ? -1 : 1;
      };
    default:
      return compareVersions;
  }
}

/** Where a version stands: at an anchor (null: before all), and the numbers of the corrections that lead from there to it. */
interface VersionPlace {
  readonly anchor: string | null;
  readonly path: readonly number[];
}

function placeFinder(corrections: readonly VersionCorrection[]): (version: string) => VersionPlace {
  const byVersion = new Map(corrections.map((correction, at) => [correction.version, { ...correction, at }]));
  return (version) => {
    const path: number[] = [];
    let anchor: string | null = version;
    // A circle has no anchor. Nobody can save one, but what was saved is no promise.
    while (anchor !== null && path.length <= corrections.length) {
      const found = byVersion.get(anchor);
      if (found === undefined) break;
      path.unshift(found.at);
      anchor = found.after;
    }
    return { anchor, path };
  };
}

/** A version comes before those that stand behind it, and these before the version's own next neighbour. */
function comparePlaces(a: VersionPlace, b: VersionPlace, base: CompareVersions): number {
  if (a.anchor !== b.anchor) {
    if (a.anchor === null) return -1;
    if (b.anchor === null) return 1;
    // Anchors that the scheme takes for one version, such as 1.0 and 1.0.0, are one place.
    const order = base(a.anchor, b.anchor);
    if (order !== 0) return order;
  }
  for (let at = 0; at < Math.max(a.path.length, b.path.length); at += 1) {
    const [left, right] = [a.path[at] ?? -1, b.path[at] ?? -1];
    if (left !== right) return left - right;
  }
  return 0;
}

/** Why corrections cannot be kept; null: they can. */
export function correctionsFault(corrections: readonly VersionCorrection[]): string | null {
  const after = new Map<string, string | null>();
  for (const correction of corrections) {
    if (after.has(correction.version)) return `"${correction.version}" has two places.`;
    after.set(correction.version, correction.after);
  }
  for (const { version } of corrections) {
    let at: string | null | undefined = version;
    for (let steps = 0; at !== null && at !== undefined; steps += 1) {
      if (steps > corrections.length) return `"${version}" would stand behind itself.`;
      at = after.get(at);
    }
  }
  return null;
}

const SEMVER =
  /^v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?$/;

/** Precedence by semver.org 2.0.0, section 11: build metadata says nothing. */
function compareSemver(a: string, b: string): number {
  const [left, right] = [SEMVER.exec(a), SEMVER.exec(b)];
  if (left === null || right === null) {
    if (left === null && right === null) return compareVersions(a, b);
    return left === null ? -1 : 1;
  }
  for (const part of [1, 2, 3] as const) {
    const order = compareNumbers(left[part] ?? '0', right[part] ?? '0');
    if (order !== 0) return order;
  }
  const [before, after] = [left[4], right[4]];
  if (before === undefined || after === undefined) {
    return before === after ? 0 : before === undefined ? 1 : -1;
  }
  return compareIdentifiers(before.split('.'), after.split('.'));
}

function compareIdentifiers(a: readonly string[], b: readonly string[]): number {
  for (let at = 0; at < Math.min(a.length, b.length); at += 1) {
    const [left, right] = [a[at] ?? '', b[at] ?? ''];
    const [leftIsNumber, rightIsNumber] = [/^\d+$/.test(left), /^\d+$/.test(right)];
    if (leftIsNumber !== rightIsNumber) return leftIsNumber ? -1 : 1;
    const order = leftIsNumber ? compareNumbers(left, right) : compareTexts(left, right);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Debian Policy 5.6.12: epoch, upstream version, revision. */
function compareDebian(a: string, b: string): number {
  const [left, right] = [debianParts(a), debianParts(b)];
  return (
    compareNumbers(left.epoch, right.epoch) ||
    compareDebianPart(left.upstream, right.upstream) ||
    compareDebianPart(left.revision, right.revision)
  );
}

function debianParts(version: string): {
  readonly epoch: string;
  readonly upstream: string;
  readonly revision: string;
} {
  const [, epoch = '0', rest = ''] = /^(?:(\d+):)?(.*)$/s.exec(version.trim()) ?? [];
  const hyphen = rest.lastIndexOf('-');
  // The absence of a revision is the same as revision 0.
  return hyphen === -1
    ? { epoch, upstream: rest, revision: '0' }
    : { epoch, upstream: rest.slice(0, hyphen), revision: rest.slice(hyphen + 1) };
}

const DEBIAN_PIECE = /(\D*)(\d*)/y;

function compareDebianPart(a: string, b: string): number {
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [left, right] = [pieceAt(a, i), pieceAt(b, j)];
    const order = compareNonDigits(left.text, right.text) || compareNumbers(left.digits, right.digits);
    if (order !== 0) return order;
    i += left.length;
    j += right.length;
  }
  return 0;
}

function pieceAt(
  text: string,
  at: number,
): { readonly text: string; readonly digits: string; readonly length: number } {
  DEBIAN_PIECE.lastIndex = at;
  const [whole = '', start = '', digits = ''] = DEBIAN_PIECE.exec(text) ?? [];
  return { text: start, digits: digits === '' ? '0' : digits, length: whole.length };
}

/** A tilde before the end, the end before letters, letters before all else. */
function compareNonDigits(a: string, b: string): number {
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const order = debianWeight(a[at]) - debianWeight(b[at]);
    if (order !== 0) return order;
  }
  return 0;
}

function debianWeight(char: string | undefined): number {
  if (char === '~') return -1;
  if (char === undefined) return 0;
  const code = char.codePointAt(0) ?? 0;
  return /^[A-Za-z]$/.test(char) ? code : code + 0x20_0000;
}

/** Digits of any length. */
function compareNumbers(a: string, b: string): number {
  const [left, right] = [a.replace(/^0+(?=\d)/, ''), b.replace(/^0+(?=\d)/, '')];
  return left.length - right.length || compareTexts(left, right);
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
