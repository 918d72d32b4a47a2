// How many of the rows that exist an answer looked at. When the time is up it is the newest of them, and whoever shows a number says so.

export interface Counted {
  /** False: the time was up, and only the newest `counted` of `existing` rows were looked at. */
  readonly complete: boolean;
  readonly counted: number;
  readonly existing: number;
}

/** Of an answer that asked nothing. */
export const NOTHING_ASKED: Counted = { complete: true, counted: 0, existing: 0 };

/** What holds for an answer that is made of several: that of the one which looked at the smallest part. */
export function leastCounted(parts: readonly Counted[]): Counted {
  let least = NOTHING_ASKED;
  for (const { complete, counted, existing } of parts) {
    const isLess = least.complete && (!complete || existing > least.existing);
    const isSmaller = !least.complete && !complete && counted * least.existing < least.counted * existing;
    if (isLess || isSmaller) least = { complete, counted, existing };
  }
  return least;
}
