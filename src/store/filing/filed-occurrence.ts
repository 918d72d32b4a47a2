// What a new occurrence does to a bug that is closed or ignored.
import type { CompareVersions } from '../../report/version-schemes.ts';
import type { Bug, ReopenMode } from '../bugs.ts';

const EIGHT_HOURS_MS = 8 * 60 * 60 * 1000;

/** An occurrence of a bug. */
export interface Occurrence {
  /** When its report arrived. */
  readonly at: number;
  readonly version: string | null;
  /** When the product's first report of that version arrived. */
  readonly versionSince: number;
  /** The bug's count with it. */
  readonly count: number;
}

/** Why the bug opens; null: it stays as it is. `order`: that of the product's versions. */
export function opensBecause(
  bug: Pick<Bug, 'state' | 'closedAt' | 'closedInVersion' | 'ignoredUntil' | 'ignoredUntilCount'>,
  occurrence: Occurrence,
  { mode, order }: { readonly mode: ReopenMode; readonly order: CompareVersions },
): string | null {
  if (bug.state === 'ignored') {
    if (bug.ignoredUntil !== null && occurrence.at >= bug.ignoredUntil) return 'the ignoring has ended';
    if (bug.ignoredUntilCount !== null && occurrence.count >= bug.ignoredUntilCount) {
      return `it was counted ${occurrence.count} times`;
    }
    return null;
  }
  // A report that waited in the queue while the bug was closed is no news.
  if (bug.state !== 'closed' || bug.closedAt === null || occurrence.at <= bug.closedAt) return null;
  if (mode === 'at_once') return 'it occurred again';
  if (mode === 'not_older') return regression(bug.closedInVersion, occurrence.version, order);
  if (mode === 'after_8_hours') {
    return occurrence.at >= bug.closedAt + EIGHT_HOURS_MS ? 'it occurred again after 8 hours' : null;
  }
  const { version, versionSince } = occurrence;
  if (version === null) return null;
  if (version === bug.closedInVersion) return `it occurred in version ${version}, in which it was closed`;
  return versionSince > bug.closedAt ? `it occurred in the new version ${version}` : null;
}

/** A crash of a version that is older than the fix is known, and one that names none cannot be told from it. */
function regression(fixedIn: string | null, version: string | null, order: CompareVersions): string | null {
  if (fixedIn === null) return 'it occurred again';
  if (version === null || order(version, fixedIn) < 0) return null;
  return `it occurred in version ${version}; it was closed in ${fixedIn}`;
}
