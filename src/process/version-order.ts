// The order of versions: semantic versions, and versions in Firefox's style (`62.0b9rc1`, `62.0.2esr`).

/** A version as semantic versioning has it; channels stand in the pre-release part, so that they sort rightly. */
export interface ParsedVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  readonly prerelease: string;
  readonly build: string | null;
}

const MAX_LENGTH = 200;
const SEMVER =
  /^(0|[1-9]\d{0,14})\.(0|[1-9]\d{0,14})\.(0|[1-9]\d{0,14})(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z.-]+))?$/;
/** A release sorts after all its candidates; `xsr` (extended support) after everything, by the alphabet. */
const RELEASE = 'release.rc.999';

/** Parses a version; null where it is not understood. */
export function parseVersion(text: unknown): ParsedVersion | null {
  if (typeof text !== 'string' || text.length > MAX_LENGTH) return null;
  const semver = SEMVER.exec(text);
  if (semver === null) return parseChannelVersion(text);
  const [, major = '', minor = '', patch = '', prerelease, build] = semver;
  return {
    major: Number.parseInt(major, 10),
    minor: Number.parseInt(minor, 10),
    patch: Number.parseInt(patch, 10),
    prerelease: prerelease ?? RELEASE,
    build: build ?? null,
  };
}

function parseChannelVersion(text: string): ParsedVersion | null {
  const [beforeCandidate = '', candidate, ...more] = text.split('rc');
  if (more.length > 0) return null;
  const suffix = `rc.${candidate ?? '999'}`;
  const channel = channelOf(beforeCandidate);
  if (channel === null) return null;
  const numbers = channel.number
    .split('.')
    .map((part) => (/^\d{1,15}$/.test(part.trim()) ? Number.parseInt(part, 10) : null));
  const [major, minor = 0, patch = 0] = numbers;
  if (major === undefined || numbers.includes(null)) return null;
  return {
    major: major ?? 0,
    minor: minor ?? 0,
    patch: patch ?? 0,
    prerelease: `${channel.name}.${suffix}`,
    build: null,
  };
}

function channelOf(version: string): { readonly number: string; readonly name: string } | null {
  if (version.includes('a')) {
    const [number = '', ...rest] = version.split('a');
    return rest.length === 1 ? { number, name: 'alpha.1' } : null;
  }
  if (version.includes('b')) {
    const [number = '', beta = '', ...more] = version.split('b');
    return more.length > 0 ? null : { number, name: beta === '' ? 'beta' : `beta.${beta}` };
  }
  if (version.includes('esr')) return { number: version.replaceAll('esr', ''), name: 'xsr' };
  return { number: version, name: 'release' };
}

/** Orders two versions; those that are not understood come first, by their text with numbers as numbers. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parseVersion(a), parseVersion(b)];
  if (left === null || right === null) {
    if (left !== null || right !== null) return left === null ? -1 : 1;
    return compareIdentifiers(a.split(/[.\s_-]+/), b.split(/[.\s_-]+/));
  }
  for (const part of ['major', 'minor', 'patch'] as const) {
    if (left[part] !== right[part]) return left[part] - right[part];
  }
  return compareIdentifiers(left.prerelease.split('.'), right.prerelease.split('.'));
}

/** Numbers as numbers and before words, words by the alphabet, fewer parts before more. */
function compareIdentifiers(a: readonly string[], b: readonly string[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const [left = '', right = ''] = [a[index], b[index]];
    if (left === right) continue;
    const [isLeftNumber, isRightNumber] = [/^\d{1,15}$/.test(left), /^\d{1,15}$/.test(right)];
    if (isLeftNumber && isRightNumber) {
      const difference = Number.parseInt(left, 10) - Number.parseInt(right, 10);
      if (difference !== 0) return difference;
      continue;
    }
    if (isLeftNumber !== isRightNumber) return isLeftNumber ? -1 : 1;
    return left < right ? -1 : 1;
  }
  return a.length - b.length;
}
