// The lines of an inlined call: a small program (binary annotations) that moves offset, file and line on from the beginning of the
// function that holds the call, and of the inlined function. Microsoft, "cvinfo.h", BinaryAnnotationOpcode.
import { disjoint, type LinePiece } from './line-pieces.ts';
import type { Inlinee } from './module-lines.ts';

const OP = {
  codeOffset: 1,
  codeOffsetBase: 2,
  changeCodeOffset: 3,
  codeLength: 4,
  file: 5,
  lineOffset: 6,
  codeOffsetAndLine: 11,
  codeLengthAndOffset: 12,
} as const;

const LAST_OP = 13;

/** The pieces of a call, cut to `end`, the end of the function around it. What follows on a damaged step is left out. */
export function annotatedPieces(
  program: Uint8Array,
  { start, end }: { readonly start: number; readonly end: number },
  inlinee: Inlinee,
): LinePiece[] {
  const rows: { start: number; end: number; line: number; file: number }[] = [];
  let at = 0;
  const next = (): number => {
    const first = program[at] ?? 0;
    const extra = first < 0x80 ? 0 : first < 0xc0 ? 1 : first < 0xe0 ? 3 : -1;
    if (extra === -1 || at + extra >= program.length) {
      at = program.length + 1;
      return 0;
    }
    let value = extra === 0 ? first : extra === 1 ? first & 0x3f : first & 0x1f;
    for (let i = 1; i <= extra; i++) value = value * 256 + (program[at + i] ?? 0);
    at += 1 + extra;
    return value;
  };
  const signed = (value: number): number => (value % 2 === 1 ? -(value >>> 1) : value >>> 1);
  let base = 0;
  let offset = 0;
  let { line, file } = inlinee;
  const open = (length: number): void => {
    const from = start + base + offset;
    if (from >= start && from < end)
      rows.push({ start: from, end: Math.min(end, length === 0 ? end : from + length), line, file });
  };
  while (at < program.length) {
    const op = next();
    if (op === 0 || op > LAST_OP) break;
    const value = next();
    if (at > program.length) break;
    if (op === OP.codeOffset) offset = value;
    else if (op === OP.codeOffsetBase) base = value;
    else if (op === OP.file) file = value;
    else if (op === OP.lineOffset) line += signed(value);
    else if (op === OP.changeCodeOffset) {
      offset += value;
      open(0);
    } else if (op === OP.codeOffsetAndLine) {
      offset += value & 0xf;
      line += signed(value >>> 4);
      open(0);
    } else if (op === OP.codeLengthAndOffset) {
      offset += next();
      open(value);
    } else if (op === OP.codeLength) {
      // Ends the piece that began last; what follows counts from its end.
      const last = rows.at(-1);
      offset += value;
      if (last !== undefined && last.end === end)
        last.end = Math.max(last.start, Math.min(end, start + base + offset));
    }
  }
  return disjoint(rows);
}
