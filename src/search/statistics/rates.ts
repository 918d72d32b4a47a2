// Shares with the interval in which they lie.

/** From 0 to 1. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** 97.5 % of a normal distribution lie below. */
const Z = 1.959963984540054;

/** The interval in which a share of `all` lies with 95 % (Wilson, 1927); null where there is nothing to have a share of. */
export function wilson(some: number, all: number): Interval | null {
  if (all <= 0) return null;
  const share = Math.min(some / all, 1);
  const spread = Z * Math.sqrt((share * (1 - share)) / all + (Z * Z) / (4 * all * all));
  const middle = share + (Z * Z) / (2 * all);
  const scale = 1 + (Z * Z) / all;
  return { low: Math.max((middle - spread) / scale, 0), high: Math.min((middle + spread) / scale, 1) };
}
