// Records of functions that lie elsewhere than their debug information says: in the program that an object was linked into, or where a tool
// put them that rearranged the program afterwards.
import type { FunctionSink } from '../symbols/symbol-sink.ts';

/** A piece of code: where the debug information has it, and its offset in the module. */
export type MovedPiece = { readonly from: number; readonly size: number; readonly to: number };

/** Tells where code went. */
export interface CodeMap {
  /** The pieces of a range, by address; parts that are nowhere are left out. */
  piecesOf(start: number, size: number): readonly MovedPiece[];
}

/** A map made of pieces that do not overlap. */
export class PieceMap implements CodeMap {
  private readonly sorted: readonly MovedPiece[];

  constructor(pieces: readonly MovedPiece[]) {
    this.sorted = pieces.toSorted((one, other) => one.from - other.from);
  }

  piecesOf(start: number, size: number): readonly MovedPiece[] {
    const { sorted } = this;
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const piece = sorted[middle];
      if (piece !== undefined && piece.from + piece.size <= start) low = middle + 1;
      else high = middle;
    }
    const found: MovedPiece[] = [];
    for (let i = low; i < sorted.length; i++) {
      const piece = sorted[i];
      if (piece === undefined || piece.from >= start + size) break;
      found.push(cut(piece, start, start + size));
    }
    return found;
  }
}

/** The part of a piece that lies in a range. */
export function cut({ from, size, to }: MovedPiece, start: number, end: number): MovedPiece {
  const first = Math.max(from, start);
  return { from: first, size: Math.min(from + size, end) - first, to: to + first - from };
}

type Line = readonly [address: number, size: number, line: number, file: number];
type Call = readonly [depth: number, line: number, file: number, origin: number, ranges: readonly number[]];

/** Takes functions in the places of the debug information, and writes them to a sink where they went: in parts, where they were torn. */
export class MovedFunctions implements FunctionSink {
  private readonly sink: FunctionSink;
  private readonly map: CodeMap;
  private open: {
    readonly pieces: readonly MovedPiece[];
    readonly parameterSize: number;
    readonly name: Uint8Array;
  } | null = null;
  private lines: Line[] = [];
  private calls: Call[] = [];

  constructor(sink: FunctionSink, map: CodeMap) {
    this.sink = sink;
    this.map = map;
  }

  func(address: number, size: number, parameterSize: number, name: Uint8Array): void {
    this.end();
    this.open = { pieces: joined(this.map.piecesOf(address, size)), parameterSize, name: name.slice() };
  }

  line(address: number, size: number, line: number, file: number): boolean {
    this.lines.push([address, size, line, file]);
    return true;
  }

  inline(
    depth: number,
    callLine: number,
    callFile: number,
    origin: number,
    ranges: readonly number[],
  ): boolean {
    this.calls.push([depth, callLine, callFile, origin, [...ranges]]);
    return true;
  }

  /** Writes the last function. */
  end(): void {
    const { open, lines, calls, sink } = this;
    this.open = null;
    this.lines = [];
    this.calls = [];
    if (open === null) return;
    for (const piece of open.pieces) {
      const end = piece.from + piece.size;
      const isIn = (start: number, size: number): boolean => start < end && start + size > piece.from;
      const moved = (start: number, size: number): readonly [number, number] => {
        const first = Math.max(start, piece.from);
        return [first - piece.from + piece.to, Math.min(start + size, end) - first];
      };
      sink.func(piece.to, piece.size, open.parameterSize, open.name);
      for (const [address, size, line, file] of lines) {
        if (isIn(address, size)) sink.line(...moved(address, size), line, file);
      }
      for (const [depth, line, file, origin, ranges] of calls) {
        const parts: number[] = [];
        for (let i = 0; i < ranges.length; i += 2) {
          const [start = 0, size = 0] = ranges.slice(i, i + 2);
          if (isIn(start, size)) parts.push(...moved(start, size));
        }
        if (parts.length > 0) sink.inline(depth, line, file, origin, parts);
      }
    }
  }
}

/** Pieces that still follow on each other are one. */
function joined(pieces: readonly MovedPiece[]): MovedPiece[] {
  const result: MovedPiece[] = [];
  for (const piece of pieces) {
    const last = result.at(-1);
    if (last !== undefined && last.from + last.size === piece.from && last.to + last.size === piece.to)
      result[result.length - 1] = { ...last, size: last.size + piece.size };
    else result.push(piece);
  }
  return result;
}
