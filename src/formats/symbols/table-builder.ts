// Collects the entries of one table of a symbol index in file order and gives them sorted, each kind by its own rule
// about entries that overlap.
import { ENTRY_BYTES, encodeEntry } from './index-layout.ts';

/** Most entries of one table: a symbol file of 1 GB has about three million functions. */
const MAX_ENTRIES = 8 * 1024 * 1024;

/**
 * What happens to an entry that starts inside the one before it (by start):
 * - `keep-first`: it is dropped (functions, CFI);
 * - `cut-previous`: the one before is cut short, or, where both start together, it is dropped (STACK WIN, whose sizes
 *   often reach to the end of the function);
 * - `last-wins`: entries have no extent; of those with the same start the last in the file is kept (files, origins,
 *   public symbols keep the first: `first-wins`).
 */
export type OverlapRule = 'keep-first' | 'cut-previous' | 'last-wins' | 'first-wins';

/** One growing table. */
export class TableBuilder {
  private readonly rule: OverlapRule;
  /** Start, size, position of each entry in turn. */
  private columns = new Float64Array(3 * 256);
  private used = 0;
  private ascending = true;

  constructor(rule: OverlapRule) {
    this.rule = rule;
  }

  /** False where the table is full. */
  add(start: number, size: number, position: number): boolean {
    if (this.used >= MAX_ENTRIES * 3) return false;
    if (this.used === this.columns.length) {
      const larger = new Float64Array(this.columns.length * 2);
      larger.set(this.columns);
      this.columns = larger;
    }
    if (this.used > 0 && start < (this.columns[this.used - 3] ?? 0)) this.ascending = false;
    this.columns[this.used++] = start;
    this.columns[this.used++] = size;
    this.columns[this.used++] = position;
    return true;
  }

  /** The encoded table, and how many entries its rule dropped. */
  finish(): { bytes: Uint8Array; count: number; dropped: number } {
    const total = this.used / 3;
    const { columns } = this;
    const order = this.sortedOrder(total);
    const bytes = new Uint8Array(total * ENTRY_BYTES);
    const view = new DataView(bytes.buffer);
    let count = 0;
    let start = -1;
    let size = 0;
    let position = 0;
    const flush = (): void => {
      if (start >= 0) encodeEntry(view, count++ * ENTRY_BYTES, start, size, position);
    };
    for (let i = 0; i < total; i++) {
      const at = (order === null ? i : (order[i] ?? 0)) * 3;
      const nextStart = columns[at] ?? 0;
      if (start >= 0 && this.overlaps(start, size, nextStart)) {
        if (this.rule === 'keep-first' || this.rule === 'first-wins') continue;
        if (this.rule === 'cut-previous') {
          if (nextStart === start) continue;
          size = nextStart - start;
          flush();
        }
      } else {
        flush();
      }
      start = nextStart;
      size = columns[at + 1] ?? 0;
      position = columns[at + 2] ?? 0;
    }
    flush();
    return { bytes: bytes.subarray(0, count * ENTRY_BYTES), count, dropped: total - count };
  }

  private overlaps(start: number, size: number, nextStart: number): boolean {
    const extent = this.rule === 'last-wins' || this.rule === 'first-wins' ? 1 : size;
    return nextStart < start + extent;
  }

  /** Indexes by start, then by order in the file; null where they are in order already. */
  private sortedOrder(total: number): Uint32Array | null {
    if (this.ascending) return null;
    const { columns } = this;
    const order = new Uint32Array(total);
    for (let i = 0; i < total; i++) order[i] = i;
    return order.sort((a, b) => (columns[a * 3] ?? 0) - (columns[b * 3] ?? 0) || a - b);
  }
}
