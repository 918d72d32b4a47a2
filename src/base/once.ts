// An answer that not everybody needs: worked out when it is asked for first.

/** Asks at most once. */
export function once<T>(ask: () => T): () => T {
  let answer: { readonly value: T } | null = null;
  return () => (answer ??= { value: ask() }).value;
}
