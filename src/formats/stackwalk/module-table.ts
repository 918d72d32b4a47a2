// Which module covers an address.
import type { WalkModule } from './walk.ts';

/** A module in lookup order. */
type Range = { readonly start: bigint; readonly end: bigint; readonly index: number };

/** The modules of a dump, by address. */
export class ModuleTable {
  /** The lowest and highest address in any module, rounded outwards: a sieve for words that cannot be code. */
  readonly lowest: number;
  readonly highest: number;
  /** End of the highest module. */
  readonly highestEnd: bigint;
  /** How many bits an address in any module needs. */
  readonly addressBits: number;
  private readonly modules: readonly WalkModule[];
  private readonly ranges: readonly Range[];

  constructor(modules: readonly WalkModule[]) {
    this.modules = modules;
    const sorted = modules
      .map((module, index) => ({ start: module.base, end: module.base + module.size, index }))
      .filter((range) => range.end > range.start && range.end <= 1n << 64n)
      .sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : a.index - b.index));
    const ranges = withoutOverlaps(sorted);
    this.ranges = ranges;
    this.lowest = Number(ranges[0]?.start ?? 0n);
    this.highestEnd = ranges.at(-1)?.end ?? 0n;
    this.addressBits = this.highestEnd === 0n ? 0 : (this.highestEnd - 1n).toString(2).length;
    this.highest = ranges.length === 0 ? -1 : Number(this.highestEnd);
  }

  /** Index of the module that covers `address`, or null. */
  find(address: bigint): number | null {
    let low = 0;
    let high = this.ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const range = this.ranges[middle];
      if (range !== undefined && range.start <= address) low = middle + 1;
      else high = middle;
    }
    const range = this.ranges[low - 1];
    return range !== undefined && address < range.end ? range.index : null;
  }

  get(index: number): WalkModule | undefined {
    return this.modules[index];
  }

  /** `address` relative to the module; exact, because no module is larger than 2^53. */
  offset(index: number, address: bigint): number {
    return Number(address - (this.modules[index]?.base ?? 0n));
  }
}

/**
 * Pieces that do not overlap, of modules in the order of their start. One that lies wholly inside another wins there: the outer one's size
 * was counted over a gap between its segments, into which the kernel put the inner one (a vDSO inside ld.so). One that only starts
 * inside another is a lie or a leftover: the first stays.
 */
function withoutOverlaps(sorted: readonly Range[]): readonly Range[] {
  const pieces: Range[] = [];
  const open: Range[] = [];
  let from = 0n;
  const close = (address: bigint): void => {
    for (let inner = open.at(-1); inner !== undefined && inner.end <= address; inner = open.at(-1)) {
      if (from < inner.end) pieces.push({ start: from, end: inner.end, index: inner.index });
      from = inner.end;
      open.pop();
    }
  };
  for (const range of sorted) {
    close(range.start);
    const outer = open.at(-1);
    if (outer !== undefined) {
      if (range.start === outer.start || range.end > outer.end) continue;
      if (from < range.start) pieces.push({ start: from, end: range.start, index: outer.index });
    }
    open.push(range);
    from = range.start;
  }
  close(1n << 64n);
  return pieces;
}
