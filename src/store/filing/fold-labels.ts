// Versions and platforms do not stay for ever: clients choose them. Those that were seldom and were not seen for long, and the most seldom where
// a product has nearly as many as it may, are counted from then on together with what has no name, so that a flood of made-up versions
// takes the place of honest ones for a while and not for good. No count is lost: what was counted under them moves.
import { NO_LABEL, MAX_LABELS } from './labels.ts';
import type { Ledger } from './ledger.ts';
import type { LabelCrowd, LabelKind, LabelUse } from './rows.ts';

/** With fewer crashes than this a version is seldom. */
export const SELDOM = 10;
/** From this share of the bound on there are too many; so many stay. */
const CROWDED = 0.9;
const KEPT = 0.75;
/** Labels of one step, which all counts are looked through for: as many as there are between the bound and what stays of a crowd. */
const MAX_OF_STEP = 256;

/** When labels are old. */
export interface LabelAge {
  /** Days since 1970. */
  readonly today: number;
  /** Null: age alone is no reason. */
  readonly keepDays: number | null;
}

/** Whether a crowd is so large that newcomers will soon find no place. */
export function isCrowded({ what, count }: LabelCrowd): boolean {
  return count >= MAX_LABELS[what] * CROWDED;
}

/** Which of all labels of a crowd are to go; the most seldom first, of these those that were not seen for the longest time. */
export function labelsToFold(
  what: LabelKind,
  uses: readonly LabelUse[],
  { today, keepDays }: LabelAge,
): readonly number[] {
  const ordered = uses.toSorted((a, b) => a.count - b.count || a.lastDay - b.lastDay || a.id - b.id);
  const isOld = ({ count, lastDay }: LabelUse): boolean =>
    keepDays !== null && count < SELDOM && lastDay < today - keepDays;
  const tooMany = isCrowded({ productId: 0, what, count: uses.length })
    ? uses.length - Math.floor(MAX_LABELS[what] * KEPT)
    : 0;
  return ordered.filter((use, index) => index < tooMany || isOld(use)).map(({ id }) => id);
}

/** Folds some labels of a crowd; gives how many. 0: nothing is left to do. The ledger must be empty or be cleared by its owner. */
export async function foldLabels(
  ledger: Ledger,
  { productId, what }: LabelCrowd,
  age: LabelAge,
): Promise<number> {
  const uses = await ledger.list('labelUses', productId, what);
  const doomed = labelsToFold(what, uses, age).slice(0, MAX_OF_STEP);
  if (doomed.length === 0) return 0;
  await ledger.bulk('moveLabels', productId, what, doomed, NO_LABEL);
  ledger.clear();
  return doomed.length;
}
