// Entries of a table of a symbol index, sorted with little memory: some ten thousand at a time are sorted and packed (a few bytes each, as
// differences from the entry before) into runs of ascending start, which are merged when they are read. What comes in order is one run.
import { releaseChunk } from '../../base/release-chunk.ts';
import { VarintReader, VarintWriter } from './varint.ts';

/** What is told of an entry. */
export type EntryVisitor = (start: number, size: number, position: number) => void;

/** Entries that are sorted together. */
const CHUNK_ENTRIES = 64 * 1024;
const FIRST_CHUNK_ENTRIES = 256;
/** Bytes of packed entries in one piece. */
const PIECE_BYTES = 64 * 1024;
/** Numbers of an entry: start, size, position. */
const FIELDS = 3;

/** Growing, then read once. */
export class PackedEntries {
  total = 0;
  /** Pieces of each run, the last one growing; whole entries in each piece. */
  private readonly runs: Uint8Array[][] = [];
  private readonly packed = new VarintWriter();
  /** The entries that are not packed yet. */
  private chunk = new Float64Array(FIELDS * FIRST_CHUNK_ENTRIES);
  private used = 0;
  private isAscending = true;
  private lastStart = 0;
  private lastPosition = 0;

  add(start: number, size: number, position: number): void {
    if (this.used === this.chunk.length) this.makeRoom();
    const { chunk, used } = this;
    if (used > 0 && start < (chunk[used - FIELDS] ?? 0)) this.isAscending = false;
    chunk[used] = start;
    chunk[used + 1] = size;
    chunk[used + 2] = position;
    this.used += FIELDS;
    this.total++;
  }

  /** Entries by start, those that start together in the order in which they came. Use once. */
  forEachByStart(visit: EntryVisitor): void {
    this.packChunk();
    this.endPiece();
    this.chunk = new Float64Array(0);
    merge(
      this.runs.map((pieces, run) => new RunCursor(pieces, run)),
      visit,
    );
  }

  private makeRoom(): void {
    if (this.used === FIELDS * CHUNK_ENTRIES) {
      this.packChunk();
      return;
    }
    const larger = new Float64Array(this.chunk.length * 2);
    larger.set(this.chunk);
    this.chunk = larger;
  }

  private packChunk(): void {
    const { chunk } = this;
    const count = this.used / FIELDS;
    let order: Uint32Array | null = null;
    if (!this.isAscending) {
      order = Uint32Array.from({ length: count }, (_, i) => i);
      order.sort((a, b) => (chunk[a * FIELDS] ?? 0) - (chunk[b * FIELDS] ?? 0) || a - b);
    }
    for (let i = 0; i < count; i++) {
      const at = (order === null ? i : (order[i] ?? 0)) * FIELDS;
      this.pack(chunk[at] ?? 0, chunk[at + 1] ?? 0, chunk[at + 2] ?? 0);
    }
    this.used = 0;
    this.isAscending = true;
  }

  private pack(start: number, size: number, position: number): void {
    if (this.runs.length === 0 || start < this.lastStart) {
      this.endPiece();
      this.runs.push([]);
      this.lastStart = 0;
      this.lastPosition = 0;
    }
    this.packed.signed(start - this.lastStart);
    this.packed.unsigned(size);
    this.packed.signed(position - this.lastPosition);
    this.lastStart = start;
    this.lastPosition = position;
    if (this.packed.length >= PIECE_BYTES) this.endPiece();
  }

  private endPiece(): void {
    if (this.packed.length === 0) return;
    this.runs.at(-1)?.push(this.packed.bytes().slice());
    this.packed.clear();
  }
}

/** The place of reading in one run. */
class RunCursor {
  readonly run: number;
  start = 0;
  size = 0;
  position = 0;
  private readonly pieces: Uint8Array[];
  private piece: Uint8Array = new Uint8Array(0);
  private reader = new VarintReader(this.piece);

  constructor(pieces: Uint8Array[], run: number) {
    this.pieces = pieces;
    this.run = run;
  }

  /** Goes to the next entry; false at the end. */
  next(): boolean {
    while (this.reader.offset >= this.piece.length) {
      releaseChunk(this.piece);
      const piece = this.pieces.shift();
      if (piece === undefined) return false;
      this.piece = piece;
      this.reader = new VarintReader(piece);
    }
    this.start += this.reader.signed();
    this.size = this.reader.unsigned();
    this.position += this.reader.signed();
    return true;
  }

  isBefore(other: RunCursor): boolean {
    return this.start < other.start || (this.start === other.start && this.run < other.run);
  }
}

/** Visits the entries of ascending runs, the lowest first: a binary heap of cursors. */
function merge(cursors: readonly RunCursor[], visit: EntryVisitor): void {
  const heap = cursors.filter((cursor) => cursor.next());
  const sink = (from: number): void => {
    const cursor = heap[from];
    if (cursor === undefined) return;
    for (let at = from; ;) {
      const left = at * 2 + 1;
      const [one, other] = [heap[left], heap[left + 1]];
      const isRight = one !== undefined && other?.isBefore(one) === true;
      const lower = isRight ? other : one;
      if (lower === undefined || !lower.isBefore(cursor)) {
        heap[at] = cursor;
        return;
      }
      heap[at] = lower;
      at = isRight ? left + 1 : left;
    }
  };
  for (let at = heap.length >> 1; at >= 0; at--) sink(at);
  for (let top = heap[0]; top !== undefined; top = heap[0]) {
    visit(top.start, top.size, top.position);
    if (!top.next()) {
      const last = heap.pop();
      if (heap.length === 0 || last === undefined) return;
      heap[0] = last;
    }
    sink(0);
  }
}
