// Lookup of address ranges: sorted by start, found by binary search.

/** Something that covers `[base, base + size)`. */
export interface AddressRange {
  readonly base: bigint;
  readonly size: bigint;
}

/**
 * The entry that covers an address. An entry that starts inside the one before it is dropped (the first mapping is
 * the one that code ran from), and so is an empty one or one that leaves the 64-bit address space.
 */
export class RangeMap<T extends AddressRange> {
  readonly #starts: BigUint64Array;
  readonly #entries: readonly T[];

  constructor(entries: readonly T[]) {
    const sorted = entries
      .filter((entry) => entry.size > 0n && entry.base + entry.size <= 2n ** 64n)
      .sort((a, b) => (a.base < b.base ? -1 : a.base > b.base ? 1 : 0));
    const kept: T[] = [];
    let end = 0n;
    for (const entry of sorted) {
      if (kept.length > 0 && entry.base < end) continue;
      kept.push(entry);
      end = entry.base + entry.size;
    }
    this.#entries = kept;
    this.#starts = new BigUint64Array(kept.map((entry) => entry.base));
  }

  /** The entry that covers `address`, or null. */
  at(address: bigint): T | null {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle] ?? 0n) <= address) low = middle + 1;
      else high = middle;
    }
    const entry = this.#entries[low - 1];
    return entry !== undefined && address < entry.base + entry.size ? entry : null;
  }

  /** The entries that are kept, by ascending address. */
  byAddress(): readonly T[] {
    return this.#entries;
  }
}
