// Many tests at once: which of them are significant so that of all that are called so at most a share is false (Benjamini and Hochberg,
// 1995).

/** For each p-value whether it is significant at this false discovery rate. */
export function significant(pValues: readonly number[], rate: number): readonly boolean[] {
  const sorted = pValues.toSorted((a, b) => a - b);
  let limit = -1;
  for (const [at, p] of sorted.entries()) if (p <= ((at + 1) / sorted.length) * rate) limit = p;
  return pValues.map((p) => p <= limit);
}
