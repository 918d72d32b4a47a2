// Whether a value belongs to a bug: how many of the bug's installations have it, against those of all others.
//
// Tested exactly where counts are small (Fisher), else by the likelihood ratio (G); which of many values count is decided by the false
// discovery rate (Benjamini and Hochberg, 1 %).
import { chiSquareTail, logFactorial } from './distributions.ts';

/** Above so many installations both tests say the same, and the exact one takes long. */
const EXACT_BELOW = 1000;

/** Of `all` installations with the bug `some` have the value; of those without it `otherAll` and `otherSome`. */
export interface FourFold {
  readonly some: number;
  readonly all: number;
  readonly otherSome: number;
  readonly otherAll: number;
}

/** How likely chance alone gives a difference like this or a greater one. */
export function associationP(table: FourFold): number {
  const { some, all, otherSome, otherAll } = table;
  if (all === 0 || otherAll === 0) return 1;
  const [with_, without] = [some + otherSome, all + otherAll - some - otherSome];
  if (with_ === 0 || without === 0) return 1;
  return all + otherAll < EXACT_BELOW ? fisher(table) : gTest(table);
}

/** Fisher's exact test, two-sided: all tables that are no more likely than this one. */
export function fisher({ some, all, otherSome, otherAll }: FourFold): number {
  const marked = some + otherSome;
  const total = all + otherAll;
  const least = Math.max(0, marked - otherAll);
  const most = Math.min(marked, all);
  const constant =
    logFactorial(all) +
    logFactorial(otherAll) +
    logFactorial(marked) +
    logFactorial(total - marked) -
    logFactorial(total);
  const probability = (x: number): number =>
    Math.exp(
      constant -
        logFactorial(x) -
        logFactorial(all - x) -
        logFactorial(marked - x) -
        logFactorial(otherAll - marked + x),
    );
  // Rounding must not leave out a table that is exactly as likely.
  const limit = probability(some) * (1 + 1e-7);
  let sum = 0;
  for (let x = least; x <= most; x += 1) {
    const p = probability(x);
    if (p <= limit) sum += p;
  }
  return Math.min(sum, 1);
}

function gTest({ some, all, otherSome, otherAll }: FourFold): number {
  const total = all + otherAll;
  const marked = some + otherSome;
  const term = (observed: number, row: number, column: number): number =>
    observed === 0 ? 0 : observed * Math.log((observed * total) / (row * column));
  const g =
    2 *
    (term(some, all, marked) +
      term(all - some, all, total - marked) +
      term(otherSome, otherAll, marked) +
      term(otherAll - otherSome, otherAll, total - marked));
  return chiSquareTail(g);
}

/** How many times as frequent; null: no other installation has the value. */
export function liftOf({ some, all, otherSome, otherAll }: FourFold): number | null {
  if (otherSome === 0 || all === 0) return null;
  return some / all / (otherSome / otherAll);
}
