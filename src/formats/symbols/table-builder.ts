// Collects the entries of one table of a symbol index in file order and gives them sorted, each kind by its own rule
// about entries that overlap. Files of a gigabyte have millions of entries, mostly in ascending order: they are kept as differences of a few
// bytes each, and are only unpacked for sorting where they came in another order.
import { releaseChunk } from '../../base/release-chunk.ts';
import { ENTRY_BYTES, encodeEntry } from './index-layout.ts';
import { VarintReader, VarintWriter } from './varint.ts';

/** Most entries of one table: a symbol file of 1 GB has about three million functions. */
const MAX_ENTRIES = 8 * 1024 * 1024;
/** Bytes of packed entries in one piece, and of encoded entries that go out together. */
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
  /** Packed entries, each as the difference of its start and position from those of the entry before; whole entries in each piece. */
  private readonly pieces: Uint8Array[] = [];
  private readonly packed = new VarintWriter();
  private total = 0;
  private lastStart = 0;
  private lastPosition = 0;
  private ascending = true;

  constructor(rule: OverlapRule) {
    this.rule = rule;
  }

  /** False where the table is full. */
  add(start: number, size: number, position: number): boolean {
    if (this.total >= MAX_ENTRIES) return false;
    if (start < this.lastStart) this.ascending = false;
    this.packed.signed(start - this.lastStart);
    this.packed.unsigned(size);
    this.packed.signed(position - this.lastPosition);
    this.lastStart = start;
    this.lastPosition = position;
    this.total++;
    if (this.packed.length >= PIECE_BYTES) {
      this.pieces.push(this.packed.bytes().slice());
      this.packed.clear();
    }
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
    this.forEachByStart((nextStart, nextSize, nextPosition) => {
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
    return { count: output.count, dropped: this.total - output.count };
  }

  private overlaps(start: number, size: number, nextStart: number): boolean {
    const extent = this.rule === 'last-wins' || this.rule === 'first-wins' ? 1 : size;
    return nextStart < start + extent;
  }

  /** Entries by start, those that start together in the order of the file. */
  private forEachByStart(visit: (start: number, size: number, position: number) => void): void {
    if (this.ascending) {
      this.forEach(visit);
      return;
    }
    const { total } = this;
    const starts = new Float64Array(total);
    const sizes = new Float64Array(total);
    const positions = new Float64Array(total);
    let at = 0;
    this.forEach((start, size, position) => {
      starts[at] = start;
      sizes[at] = size;
      positions[at++] = position;
    });
    const order = new Uint32Array(total);
    for (let i = 0; i < total; i++) order[i] = i;
    order.sort((a, b) => (starts[a] ?? 0) - (starts[b] ?? 0) || a - b);
    for (const i of order) visit(starts[i] ?? 0, sizes[i] ?? 0, positions[i] ?? 0);
  }

  /** Entries in the order of the file. */
  private forEach(visit: (start: number, size: number, position: number) => void): void {
    let start = 0;
    let position = 0;
    this.pieces.push(this.packed.bytes());
    // Each piece is let go when it has been read.
    for (let piece = this.pieces.shift(); piece !== undefined; piece = this.pieces.shift()) {
      const reader = new VarintReader(piece);
      while (reader.offset < piece.length && !reader.failed) {
        start += reader.signed();
        const size = reader.unsigned();
        position += reader.signed();
        visit(start, size, position);
      }
      releaseChunk(piece);
    }
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
