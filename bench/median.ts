// The middle of measured values, for every benchmark.

/** The middle value, or the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = sorted.length / 2;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(at) - 1], sorted[Math.floor(at)]];
  return (low + high) / 2;
}
