// Counts by day, version and platform: of a case, of its bug and of its product, changed together.
import type { Ledger } from './ledger.ts';
import type { SeriesPlace } from './ledger-sums.ts';

/** Whose counts change. */
export interface Owner {
  readonly productId: number;
  readonly bugId: number;
  readonly caseId: number;
}

/** Adds a count (negative: takes it back) at one place of all series. */
export function addToSeries({ sums }: Ledger, owner: Owner, place: SeriesPlace, count: number): void {
  sums.addToSeries('case', owner.caseId, place, count);
  sums.addToSeries('bug', owner.bugId, place, count);
  sums.addToSeries('product', owner.productId, place, count);
  sums.addToDay(owner.bugId, place.day, count);
}
