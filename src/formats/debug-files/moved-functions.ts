// Records of functions that lie elsewhere than their debug information says: in the program that an object was linked into.
import type { FunctionSink } from './dwarf/dwarf-target.ts';

/** A piece of code: where the debug information has it, and its offset in the module. */
export type MovedPiece = { readonly from: number; readonly size: number; readonly to: number };

/** The part of a sink that functions are written to, in the places of the debug information. Functions outside of all pieces are left out. */
export function movedFunctions(sink: FunctionSink, pieces: readonly MovedPiece[]): FunctionSink {
  const sorted = pieces.toSorted((one, other) => one.from - other.from);
  const pieceAt = (address: number): MovedPiece | null => {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sorted[middle]?.from ?? 0) <= address) low = middle + 1;
      else high = middle;
    }
    const found = sorted[low - 1];
    return found !== undefined && address < found.from + found.size ? found : null;
  };
  /** How far the function whose records come moved; null where it is left out. */
  let distance: number | null = null;
  return {
    func(address, size, parameterSize, name) {
      const piece = pieceAt(address);
      distance = piece === null ? null : piece.to - piece.from;
      if (distance !== null) sink.func(address + distance, size, parameterSize, name);
    },
    line: (address, size, line, file) => distance === null || sink.line(address + distance, size, line, file),
    inline(depth, callLine, callFile, origin, ranges) {
      const by = distance;
      if (by === null) return true;
      const moved = ranges.map((value, i) => (i % 2 === 0 ? value + by : value));
      return sink.inline(depth, callLine, callFile, origin, moved);
    },
  };
}
