// Two releases side by side: for each bug, whether it is new, gone, worse or better, or whether nobody can tell yet.
//
// Counted are installations, never crashes: one installation can crash a thousand times, and tests that count its crashes find changes
// everywhere. The test is the exact one for two rates (Przyborowski and Wilenski, 1940): of the installations that either release has, as
// many should be the new one's as its part of all installations is. Over all bugs the false discovery rate is 5 % (Benjamini and
// Hochberg). Bugs with fewer than five installations in both are not tested: no outcome of theirs could count.
import { binomialAtLeast, binomialAtMost, solveProbability } from './distributions.ts';
import { significant } from './false-discovery.ts';

const RATE = 0.05;
/** A change counts from here: half as much again, or two thirds. */
const RATIO = 1.5;
const LEAST = 5;
/** Gone: so many were expected, and none came. */
const EXPECTED = 3;
const UNLIKELY = 0.05;

/** How many installations a bug has in each release. */
export interface BugCounts {
  readonly base: number;
  readonly new: number;
  /** Whether the bug was seen in any version that is older than the new release. */
  readonly known: boolean;
}

/** Installations that ran each release. */
export interface Exposure {
  readonly base: number;
  readonly new: number;
}

/** `same`: a change of half as much again can be ruled out. `too_few`: it cannot. */
export type Verdict = 'new' | 'gone' | 'worse' | 'better' | 'same' | 'too_few';

export interface BugComparison {
  readonly verdict: Verdict;
  /** How many times as often; null: the base has none, so that it has no number. */
  readonly ratio: number | null;
  /** Where the ratio lies with 95 %; `high` is null where it has no bound. */
  readonly interval: { readonly low: number; readonly high: number | null };
  /** Two-sided, before the correction. */
  readonly p: number;
  /** `too_few`: so many installations of the new release would be needed if things went on like this; null: it cannot be said. */
  readonly needed: number | null;
  /** `new`: false where chance explains as well that no older version showed it. */
  readonly sure: boolean;
}

/** The comparison of each bug, in their order. */
export function compareBugs(bugs: readonly BugCounts[], exposure: Exposure): readonly BugComparison[] {
  const share = exposure.base + exposure.new === 0 ? 0.5 : exposure.new / (exposure.base + exposure.new);
  const tested = bugs.map((bug) => bug.base + bug.new >= LEAST && exposure.base > 0 && exposure.new > 0);
  const ps = bugs.map((bug) => twoSided(bug, share));
  const family = significant(
    ps.filter((_, at) => tested[at]),
    RATE,
  );
  let next = 0;
  return bugs.map((bug, at) => {
    const isSignificant = tested[at] === true && family[next++] === true;
    return compared(bug, exposure, { p: ps[at] ?? 1, isSignificant });
  });
}

function twoSided(bug: BugCounts, share: number): number {
  const all = bug.base + bug.new;
  if (all === 0) return 1;
  return Math.min(2 * Math.min(binomialAtMost(bug.new, all, share), binomialAtLeast(bug.new, all, share)), 1);
}

function compared(
  bug: BugCounts,
  exposure: Exposure,
  { p, isSignificant }: { readonly p: number; readonly isSignificant: boolean },
): BugComparison {
  const scale = exposure.new === 0 ? 0 : exposure.base / exposure.new;
  const ratio = bug.base === 0 || exposure.new === 0 ? null : (bug.new / bug.base) * scale;
  const interval = ratioInterval(bug, scale);
  const said = { ratio, interval, p, needed: null, sure: true };
  if (bug.new > 0 && !bug.known && bug.base === 0) return { ...said, verdict: 'new', sure: p <= UNLIKELY };
  if (isGone(bug, exposure)) return { ...said, verdict: 'gone' };
  if (isSignificant && bug.new >= LEAST && (ratio === null || ratio >= RATIO)) {
    return { ...said, verdict: 'worse' };
  }
  if (isSignificant && bug.base >= LEAST && ratio !== null && ratio <= 1 / RATIO) {
    return { ...said, verdict: 'better' };
  }
  if (interval.high !== null && interval.low > 1 / RATIO && interval.high < RATIO) {
    return { ...said, verdict: 'same' };
  }
  return { ...said, verdict: 'too_few', needed: neededFor(bug, exposure) };
}

function isGone(bug: BugCounts, exposure: Exposure): boolean {
  if (bug.new > 0 || bug.base === 0 || exposure.base === 0) return false;
  const expected = (bug.base / exposure.base) * exposure.new;
  const share = exposure.new / (exposure.base + exposure.new);
  return expected >= EXPECTED && binomialAtMost(0, bug.base, share) <= UNLIKELY;
}

/** Clopper and Pearson's interval of the new release's part, as a ratio of rates. */
function ratioInterval(bug: BugCounts, scale: number): BugComparison['interval'] {
  const all = bug.base + bug.new;
  if (all === 0 || scale === 0) return { low: 0, high: null };
  const low = bug.new === 0 ? 0 : solveProbability((part) => binomialAtLeast(bug.new, all, part), 0.025);
  const high = bug.base === 0 ? 1 : solveProbability((part) => 1 - binomialAtMost(bug.new, all, part), 0.975);
  return { low: (low / (1 - low)) * scale, high: high >= 1 ? null : (high / (1 - high)) * scale };
}

const MOST_NEEDED = 10_000_000;

/** The size of the new release at which the same shares would be significant, tested alone: a power of two times what it has. */
function neededFor(bug: BugCounts, exposure: Exposure): number | null {
  if (exposure.new === 0 || exposure.base === 0) return null;
  const ratio = bug.base === 0 ? Infinity : (bug.new / bug.base) * (exposure.base / exposure.new);
  if (ratio > 1 / RATIO && ratio < RATIO) return null;
  const enough = (factor: number): boolean => {
    const counts = { base: bug.base, new: Math.round(bug.new * factor), known: true };
    const size = exposure.new * factor;
    const p = twoSided(counts, size / (size + exposure.base));
    return p <= RATE / 2 && Math.max(counts.new, counts.base) >= LEAST;
  };
  for (let factor = 1; exposure.new * factor <= MOST_NEEDED; factor *= 1.25) {
    if (enough(factor)) return factor === 1 ? null : Math.ceil(exposure.new * factor);
  }
  return null;
}
