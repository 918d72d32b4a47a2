// Two crashes side by side: what keeps them from being one bug, in words, and their stacks aligned.
import type { ProcessedCrash } from '../../report/processed-report.ts';
import { crashKey } from '../grouping/crash-key.ts';
import { stackNames } from '../grouping/stack-names.ts';

/** A row of two aligned stacks; null where a stack has no frame there. */
export interface AlignedFrames {
  readonly one: string | null;
  readonly other: string | null;
}

/** What two crashes differ in. */
export interface CrashDifference {
  /** Why they are not one bug, one sentence each. */
  readonly reasons: readonly string[];
  /** Innermost first. */
  readonly frames: readonly AlignedFrames[];
}

type Compared = Pick<
  ProcessedCrash,
  'kind' | 'language' | 'exceptions' | 'threads' | 'grouping' | 'signature'
>;

/** Compares two crashes of bugs that are not the same. */
export function crashDifference(one: Compared, other: Compared): CrashDifference {
  return { reasons: reasonsOf(one, other), frames: aligned(stackNames(one), stackNames(other)) };
}

function reasonsOf(one: Compared, other: Compared): readonly string[] {
  for (const [crash, which] of [
    [one, 'this bug'],
    [other, 'the other bug'],
  ] as const) {
    if (crash.grouping.source === 'product_rule') return [`A rule of the product decides about ${which}.`];
    if (crash.grouping.source === 'client_fingerprint')
      return [`The program sent a fingerprint for ${which}, which decides.`];
  }
  const [mine, theirs] = [partsOf(one), partsOf(other)];
  if (mine === null || theirs === null)
    return [`Their signatures differ: "${cut(one.signature)}" and "${cut(other.signature)}".`];
  const reasons: string[] = [];
  if (mine.kind !== theirs.kind)
    reasons.push(`Their kinds differ: "${cut(mine.kind)}" and "${cut(theirs.kind)}".`);
  if (mine.frames.join('\n') !== theirs.frames.join('\n')) {
    const named = (frames: readonly string[]): string =>
      frames.length === 0 ? 'no frame' : frames.map((frame) => `"${cut(frame)}"`).join(', ');
    reasons.push(`The frames that name them differ: ${named(mine.frames)}, and ${named(theirs.frames)}.`);
  }
  if (mine.message !== theirs.message) reasons.push('What they say differs, and their frames say little.');
  return reasons.length > 0
    ? reasons
    : ['Their keys would be the same today: they were filed under earlier keys, or people keep them apart.'];
}

function partsOf(
  crash: Compared,
): { readonly kind: string; readonly frames: readonly string[]; readonly message: string | null } | null {
  // Minidumps go by their signature.
  if (crash.language === null) return null;
  const isClaimedByClient = crash.exceptions.some(({ frames }) => frames.some(({ inApp }) => inApp === true));
  const key = crashKey({ language: crash.language, exceptions: crash.exceptions, isClaimedByClient });
  if (key === null) return null;
  return {
    kind: key.parts[1] ?? '',
    frames: key.frames.map(({ name }) => name.shown),
    message: key.hasMessage ? (key.parts.at(-1) ?? null) : null,
  };
}

function cut(text: string): string {
  return text.length <= 160 ? text : `${text.slice(0, 157)}...`;
}

/** The longest common subsequence, with what is on one side alone between. */
function aligned(one: readonly string[], other: readonly string[]): readonly AlignedFrames[] {
  const lengths = Array.from({ length: one.length + 1 }, () => new Uint16Array(other.length + 1));
  const at = (row: number, column: number): number => lengths[row]?.[column] ?? 0;
  for (let row = one.length - 1; row >= 0; row -= 1) {
    for (let column = other.length - 1; column >= 0; column -= 1) {
      const same = one[row] === other[column];
      const best = same ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
      const line = lengths[row];
      if (line !== undefined) line[column] = best;
    }
  }
  const rows: AlignedFrames[] = [];
  let [row, column] = [0, 0];
  while (row < one.length || column < other.length) {
    const [left, right] = [one[row] ?? null, other[column] ?? null];
    if (left !== null && left === right) {
      rows.push({ one: left, other: right });
      row += 1;
      column += 1;
    } else if (left !== null && (right === null || at(row + 1, column) >= at(row, column + 1))) {
      rows.push({ one: left, other: null });
      row += 1;
    } else {
      rows.push({ one: null, other: right });
      column += 1;
    }
  }
  return rows;
}
