// Where code went in a program that was rearranged after linking: tables of places before and after (OMAP). Records of the PDB have the places
// before. Microsoft, DbgHelp, "OMAP".
import type { RandomAccess } from '../../symbols/random-access.ts';
import type { CodeMap, MovedPiece } from '../moved-functions.ts';
import { SectionCursor } from '../section-cursor.ts';

const ENTRY_BYTES = 8;
const MAX_ENTRIES = 16 * 1024 * 1024;
/** Pieces of one range. */
const MAX_PIECES = 100_000;

/** Places before → places after. */
export class Omap implements CodeMap {
  private readonly from: Uint32Array;
  /** 0 where the code is gone. */
  private readonly to: Uint32Array;

  private constructor(from: Uint32Array, to: Uint32Array) {
    this.from = from;
    this.to = to;
  }

  /** `fromSource`: places before with those after, by the former; `toSource` says the same the other way round, and is enough, too. */
  static read(fromSource: RandomAccess | null, toSource: RandomAccess | null): Omap | null {
    if (fromSource !== null && fromSource.byteLength >= ENTRY_BYTES) {
      const [from, to] = readPairs(fromSource);
      return new Omap(from, to);
    }
    if (toSource === null || toSource.byteLength < ENTRY_BYTES) return null;
    const [after, before] = readPairs(toSource);
    const order = Uint32Array.from(after.keys()).filter((i) => (before[i] ?? 0) !== 0);
    order.sort((one, other) => (before[one] ?? 0) - (before[other] ?? 0));
    return new Omap(
      order.map((i) => before[i] ?? 0),
      order.map((i) => after[i] ?? 0),
    );
  }

  /** The place after of one byte; −1 where it is gone. */
  placeOf(address: number): number {
    const [piece] = this.piecesOf(address, 1);
    return piece?.to ?? -1;
  }

  piecesOf(start: number, size: number): readonly MovedPiece[] {
    const { from, to } = this;
    const end = start + size;
    let low = 0;
    let high = from.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((from[middle] ?? 0) <= start) low = middle + 1;
      else high = middle;
    }
    const pieces: MovedPiece[] = [];
    for (let i = Math.max(0, low - 1); i < from.length && pieces.length < MAX_PIECES; i++) {
      const entry = from[i] ?? 0;
      if (entry >= end) break;
      const first = Math.max(entry, start);
      const pieceEnd = Math.min(from[i + 1] ?? end, end);
      if ((to[i] ?? 0) !== 0 && pieceEnd > first)
        pieces.push({ from: first, size: pieceEnd - first, to: (to[i] ?? 0) + first - entry });
    }
    return pieces;
  }
}

function readPairs(stream: RandomAccess): readonly [Uint32Array, Uint32Array] {
  const count = Math.min(MAX_ENTRIES, Math.floor(stream.byteLength / ENTRY_BYTES));
  const cursor = new SectionCursor(stream);
  const one = new Uint32Array(count);
  const other = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    one[i] = cursor.u32();
    other[i] = cursor.u32();
  }
  return [one, other];
}
