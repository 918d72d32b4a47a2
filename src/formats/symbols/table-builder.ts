// Collects the entries of one table of a symbol index in file order and gives them sorted, each kind by its own rule
// about entries that overlap.
import { ENTRY_BYTES, encodeEntry } from './index-layout.ts';
import { PackedEntries } from './packed-entries.ts';

/** Most entries of one table: a symbol file of 1 GB has about three million functions. */
const MAX_ENTRIES = 8 * 1024 * 1024;
/** Bytes of encoded entries that go out together. */
const PIECE_BYTES = 64 * 1024;

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
  private readonly entries = new PackedEntries();

  constructor(rule: OverlapRule) {
    this.rule = rule;
  }

  /** False where the table is full. */
  add(start: number, size: number, position: number): boolean {
    if (this.entries.total >= MAX_ENTRIES) return false;
    this.entries.add(start, size, position);
    return true;
  }

  /** Gives out the encoded table in pieces that are valid during the call only; how many entries it has, and how many its rule dropped. Use once. */
  finish(emit: (bytes: Uint8Array) => void): { count: number; dropped: number } {
    const output = new EntryOutput(emit);
    let start = -1;
    let size = 0;
    let position = 0;
    const flush = (): void => {
      if (start >= 0) output.add(start, size, position);
    };
    this.entries.forEachByStart((nextStart, nextSize, nextPosition) => {
      if (start >= 0 && this.overlaps(start, size, nextStart)) {
        if (this.rule === 'keep-first' || this.rule === 'first-wins') return;
        if (this.rule === 'cut-previous') {
          if (nextStart === start) return;
          size = nextStart - start;
          flush();
        }
      } else {
        flush();
      }
      start = nextStart;
      size = nextSize;
      position = nextPosition;
    });
    flush();
    output.end();
    return { count: output.count, dropped: this.entries.total - output.count };
  }

  private overlaps(start: number, size: number, nextStart: number): boolean {
    const extent = this.rule === 'last-wins' || this.rule === 'first-wins' ? 1 : size;
    return nextStart < start + extent;
  }
}

/** Encodes entries into pieces. */
class EntryOutput {
  count = 0;
  private readonly emit: (bytes: Uint8Array) => void;
  private readonly bytes = new Uint8Array(PIECE_BYTES - (PIECE_BYTES % ENTRY_BYTES));
  private readonly view = new DataView(this.bytes.buffer);
  private used = 0;

  constructor(emit: (bytes: Uint8Array) => void) {
    this.emit = emit;
  }

  add(start: number, size: number, position: number): void {
    encodeEntry(this.view, this.used, start, size, position);
    this.used += ENTRY_BYTES;
    this.count++;
    if (this.used === this.bytes.length) this.end();
  }

  /** Gives out what is left. */
  end(): void {
    if (this.used > 0) this.emit(this.bytes.subarray(0, this.used));
    this.used = 0;
  }
}
