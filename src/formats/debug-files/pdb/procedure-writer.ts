// Writes one procedure: its lines, with those of inlined calls laid over them, and the calls.
import type { FunctionTarget } from '../debug-file.ts';
import { disjoint, type LinePiece, overlay, within } from './line-pieces.ts';
import type { ModuleLines } from './module-lines.ts';

/** An inlined call: the lines of the inlined function, and the calls within it. */
export type InlineSite = {
  readonly name: string;
  readonly pieces: readonly LinePiece[];
  readonly inner: InlineSite[];
};

/** A procedure while its records are being read. */
export type OpenProcedure = {
  readonly start: number;
  readonly end: number;
  readonly name: Uint8Array;
  readonly sites: InlineSite[];
};

/** A call as it is written. */
type Call = { depth: number; line: number; file: number; name: string; ranges: number[] };

/** Gives the number of rows. */
export function writeProcedure(
  { start, end, name, sites }: OpenProcedure,
  lines: ModuleLines,
  { sink, numbers }: FunctionTarget,
): number {
  const own = lines.piecesOf(start, end);
  const calls: Call[] = [];
  const all = layInner(own, sites, 0, [{ start, end, line: 0, file: 0 }], calls);
  const fileOf = (file: number, line: number): number => numbers.file(line === 0 ? '' : lines.path(file));
  const rows = merged(all);
  // Names come before the record that they belong to.
  const rowFiles = rows.map(({ file, line }) => fileOf(file, line));
  const callFiles = calls.map(({ file, line }) => fileOf(file, line));
  const origins = calls.map((call) => numbers.origin(call.name));
  sink.func(start, end - start, 0, name);
  for (const [i, row] of rows.entries())
    sink.line(row.start, row.end - row.start, row.line, rowFiles[i] ?? 0);
  for (const [i, { depth, line, ranges }] of calls.entries())
    sink.inline(depth, line, callFiles[i] ?? 0, origins[i] ?? 0, ranges);
  return all.length;
}

/** Lays the lines of calls over those of the code around them, and collects the calls. `extent`: where that code lies. */
function layInner(
  outer: readonly LinePiece[],
  sites: readonly InlineSite[],
  depth: number,
  extent: readonly LinePiece[],
  calls: Call[],
): readonly LinePiece[] {
  if (sites.length === 0) return outer;
  const upper: LinePiece[] = [];
  for (const { name, pieces, inner } of sites) {
    const own = pieces.flatMap(({ start: from, end: to, line, file }) =>
      within(extent, from, to).map(({ start, end }) => ({ start, end, line, file })),
    );
    if (own.length === 0) continue;
    collectCalls(own, outer, { depth, name }, calls);
    for (const piece of layInner(own, inner, depth + 1, own, calls)) upper.push(piece);
  }
  return overlay(outer, disjoint(upper));
}

/** One record for each line that the code around has where the call is: mostly one. */
function collectCalls(
  pieces: readonly LinePiece[],
  outer: readonly LinePiece[],
  { depth, name }: { readonly depth: number; readonly name: string },
  calls: Call[],
): void {
  const byLine = new Map<string, Call>();
  const add = (start: number, end: number, line: number, file: number): void => {
    const key = `${line}:${file}`;
    let call = byLine.get(key);
    if (call === undefined) {
      call = { depth, line, file, name, ranges: [] };
      byLine.set(key, call);
      calls.push(call);
    }
    const at = call.ranges.length - 2;
    if (at >= 0 && (call.ranges[at] ?? 0) + (call.ranges[at + 1] ?? 0) === start)
      call.ranges[at + 1] = end - (call.ranges[at] ?? 0);
    else call.ranges.push(start, end - start);
  };
  for (const piece of pieces) {
    let at = piece.start;
    for (const { start, end, line, file } of within(outer, piece.start, piece.end)) {
      if (start > at) add(at, start, 0, 0);
      add(start, end, line, file);
      at = end;
    }
    if (at < piece.end) add(at, piece.end, 0, 0);
  }
}

function merged(pieces: readonly LinePiece[]): LinePiece[] {
  const result: LinePiece[] = [];
  for (const piece of pieces) {
    const last = result.at(-1);
    if (
      last !== undefined &&
      last.end === piece.start &&
      last.line === piece.line &&
      last.file === piece.file
    )
      result[result.length - 1] = { ...last, end: piece.end };
    else result.push(piece);
  }
  return result;
}
