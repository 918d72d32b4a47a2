// Where the code of an image lies. Debug information of functions that the linker dropped stays behind with addresses of
// nowhere (0, 1, -1, -2): what no executable section covers is dead.

/** Ranges of addresses, as linked. */
export class CodeRanges {
  private readonly starts: readonly number[];
  private readonly ends: readonly number[];

  constructor(ranges: readonly { readonly start: number; readonly size: number }[]) {
    const sorted = ranges
      .filter(({ start, size }) => size > 0 && Number.isSafeInteger(start + size))
      .toSorted((a, b) => a.start - b.start);
    this.starts = sorted.map(({ start }) => start);
    this.ends = sorted.map(({ start, size }) => start + size);
  }

  has(address: number): boolean {
    return this.find(address) !== -1;
  }

  /** The end of the range that holds an address; the address itself where none does. */
  endOf(address: number): number {
    const found = this.find(address);
    return found === -1 ? address : (this.ends[found] ?? address);
  }

  /** Where the next range begins behind an address; infinite where none does. */
  nextStart(address: number): number {
    let low = 0;
    let high = this.starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.starts[middle] ?? 0) <= address) low = middle + 1;
      else high = middle;
    }
    return this.starts[low] ?? Number.POSITIVE_INFINITY;
  }

  private find(address: number): number {
    let low = 0;
    let high = this.starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.starts[middle] ?? 0) <= address) low = middle + 1;
      else high = middle;
    }
    return low > 0 && address < (this.ends[low - 1] ?? 0) ? low - 1 : -1;
  }
}
