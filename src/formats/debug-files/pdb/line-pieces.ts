// Pieces of code with the line that each comes from, in lists by address without overlaps.

/** `file` is a number of the module's own; 0 as line: none. */
export type LinePiece = {
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly file: number;
};

/** Sorts pieces and cuts each where the next one begins. Of two that begin together the last counts. */
export function disjoint(pieces: readonly LinePiece[]): LinePiece[] {
  const sorted = pieces.toSorted((a, b) => a.start - b.start);
  const result: LinePiece[] = [];
  for (const [i, piece] of sorted.entries()) {
    const end = Math.min(piece.end, sorted[i + 1]?.start ?? piece.end);
    if (end > piece.start) result.push({ ...piece, end });
  }
  return result;
}

/** The part of a list that lies in a range. */
export function within(pieces: readonly LinePiece[], start: number, end: number): LinePiece[] {
  const result: LinePiece[] = [];
  for (let i = firstBehind(pieces, start); i < pieces.length; i++) {
    const piece = pieces[i];
    if (piece === undefined || piece.start >= end) break;
    result.push({ ...piece, start: Math.max(piece.start, start), end: Math.min(piece.end, end) });
  }
  return result;
}

/** Index of the first piece that ends behind an address. */
function firstBehind(pieces: readonly LinePiece[], address: number): number {
  let low = 0;
  let high = pieces.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((pieces[middle]?.end ?? 0) <= address) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Lays one list over another: where both have a piece, that of `upper` stays. */
export function overlay(lower: readonly LinePiece[], upper: readonly LinePiece[]): LinePiece[] {
  const result: LinePiece[] = [];
  let at = 0;
  for (const piece of lower) {
    let { start } = piece;
    while (at < upper.length && (upper[at]?.end ?? 0) <= start) at++;
    for (let i = at; i < upper.length && start < piece.end; i++) {
      const over = upper[i];
      if (over === undefined || over.start >= piece.end) break;
      if (over.start > start) result.push({ ...piece, start, end: over.start });
      start = Math.max(start, over.end);
    }
    if (start < piece.end) result.push({ ...piece, start });
  }
  return [...result, ...upper].toSorted((a, b) => a.start - b.start);
}
