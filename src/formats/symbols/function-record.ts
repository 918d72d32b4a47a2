// One FUNC with its lines and inlined calls, as a record of the symbol index: written once, searched later.
// Addresses are relative to the function.
//
//   parameter size · name · line count · lines · inline count · inlines
//   line:    start − end of the line before (signed) · size · line − line before (signed) · file − file before (signed)
//   inline:  depth · call line · call file + 1 (0: the old generation, which has none) · origin · range count · ranges
//   range:   start − start of the range before (signed) · size
import { VarintReader, type VarintWriter } from './varint.ts';

/** Most line records and inlined ranges of one function. */
const MAX_LINES = 500_000;
const MAX_RANGES = 100_000;
/** Deepest level of inlining: compilers stay below thirty. */
const MAX_INLINE_DEPTH = 256;

/** Numbers of one line record: start, size, line, file. */
const LINE_FIELDS = 4;

/** A function while its records are being read. */
export class FunctionDraft {
  readonly address: number;
  readonly size: number;
  private readonly parameterSize: number;
  private readonly name: Uint8Array;
  /** `LINE_FIELDS` numbers for each line: most of a symbol file is lines, and objects for them cost. */
  private lines: number[] = [];
  /** For each inlined call: depth, call line, call file + 1, origin, number of ranges, and the ranges. */
  private readonly inlines: number[] = [];
  private inlineCount = 0;
  private ranges = 0;
  private lastStart = 0;
  private ascending = true;

  constructor(address: number, size: number, parameterSize: number, name: Uint8Array) {
    this.address = address;
    this.size = size;
    this.parameterSize = parameterSize;
    this.name = name.slice();
  }

  /** False where it is empty or one too many. */
  addLine(address: number, size: number, line: number, file: number): boolean {
    if (size === 0 || this.lines.length >= MAX_LINES * LINE_FIELDS) return false;
    const start = address - this.address;
    if (this.lines.length > 0 && start < this.lastStart) this.ascending = false;
    this.lastStart = start;
    this.lines.push(start, size, line, file);
    return true;
  }

  /** False where it is too deep or one too many. */
  addInline(
    depth: number,
    callLine: number,
    callFile: number,
    origin: number,
    ranges: readonly number[],
  ): boolean {
    this.ranges += ranges.length / 2;
    if (depth >= MAX_INLINE_DEPTH || this.ranges > MAX_RANGES) return false;
    this.inlines.push(depth, callLine, callFile + 1, origin, ranges.length / 2);
    for (const value of ranges) this.inlines.push(value);
    this.inlineCount++;
    return true;
  }

  /** Writes the record (without its length). Lines that start inside an earlier one are dropped; gives how many. */
  write(to: VarintWriter): number {
    to.unsigned(this.parameterSize);
    to.block(this.name);
    if (!this.ascending) this.lines = sortedLines(this.lines);
    const { lines } = this;
    let kept = 0;
    let end = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < lines.length; i += LINE_FIELDS) {
      const start = lines[i] ?? 0;
      if (start < end) continue;
      kept++;
      end = start + (lines[i + 1] ?? 0);
    }
    to.unsigned(kept);
    end = Number.NEGATIVE_INFINITY;
    let lastEnd = 0;
    let lastLine = 0;
    let lastFile = 0;
    for (let i = 0; i < lines.length; i += LINE_FIELDS) {
      const start = lines[i] ?? 0;
      const size = lines[i + 1] ?? 0;
      const line = lines[i + 2] ?? 0;
      const file = lines[i + 3] ?? 0;
      if (start < end) continue;
      to.signed(start - lastEnd);
      to.unsigned(size);
      to.signed(line - lastLine);
      to.signed(file - lastFile);
      end = start + size;
      lastEnd = end;
      lastLine = line;
      lastFile = file;
    }
    this.writeInlines(to);
    return lines.length / LINE_FIELDS - kept;
  }

  private writeInlines(to: VarintWriter): void {
    const { inlines } = this;
    to.unsigned(this.inlineCount);
    for (let at = 0; at < inlines.length;) {
      const ranges = inlines[at + 4] ?? 0;
      for (let field = 0; field < 5; field++) to.unsigned(inlines[at++] ?? 0);
      let before = this.address;
      for (let i = 0; i < ranges; i++) {
        const start = inlines[at++] ?? 0;
        to.signed(start - before);
        to.unsigned(inlines[at++] ?? 0);
        before = start;
      }
    }
  }
}

/** The same lines by start; those that start together stay in the order of the file. */
function sortedLines(lines: readonly number[]): number[] {
  const order = Array.from({ length: lines.length / LINE_FIELDS }, (_, i) => i * LINE_FIELDS);
  order.sort((a, b) => (lines[a] ?? 0) - (lines[b] ?? 0) || a - b);
  return order.flatMap((at) => lines.slice(at, at + LINE_FIELDS));
}

/** An inlined call that covers an address. */
export type InlineHit = {
  readonly callLine: number;
  /** -1 where the record does not say. */
  readonly callFile: number;
  readonly origin: number;
};

/** What a function record says about one address. */
export type FunctionHit = {
  readonly name: Uint8Array;
  readonly parameterSize: number;
  readonly line: { readonly line: number; readonly file: number } | null;
  /** By depth, outermost first, without gaps. */
  readonly inlines: readonly InlineHit[];
};

/** Searches a function record for the address `offset` bytes into the function; null where the record is damaged. */
export function searchFunctionRecord(bytes: Uint8Array, offset: number): FunctionHit | null {
  const reader = new VarintReader(bytes);
  const parameterSize = reader.unsigned();
  const name = reader.block();
  const line = searchLines(reader, offset);
  const inlines = searchInlines(reader, offset);
  return reader.failed ? null : { name, parameterSize, line, inlines };
}

/** The name and parameter size alone. */
export function readFunctionName(bytes: Uint8Array): { name: Uint8Array; parameterSize: number } | null {
  const reader = new VarintReader(bytes);
  const parameterSize = reader.unsigned();
  const name = reader.block();
  return reader.failed ? null : { name, parameterSize };
}

/** True where a line of the record covers the address, or the record has no lines at all. */
export function linesCover(bytes: Uint8Array, offset: number): boolean {
  const reader = new VarintReader(bytes);
  reader.unsigned();
  reader.block();
  const before = reader.offset;
  if (reader.unsigned() === 0 || reader.failed) return true;
  const again = new VarintReader(bytes.subarray(before));
  return searchLines(again, offset) !== null;
}

function searchLines(reader: VarintReader, offset: number): { line: number; file: number } | null {
  let found: { line: number; file: number } | null = null;
  let end = 0;
  let line = 0;
  let file = 0;
  for (let left = reader.unsigned(); left > 0 && !reader.failed; left--) {
    const start = end + reader.signed();
    end = start + reader.unsigned();
    line += reader.signed();
    file += reader.signed();
    if (offset >= start && offset < end && !reader.failed) found = { line, file };
  }
  return found;
}

function searchInlines(reader: VarintReader, offset: number): InlineHit[] {
  const byDepth: (InlineHit | undefined)[] = [];
  for (let left = reader.unsigned(); left > 0 && !reader.failed; left--) {
    const depth = reader.unsigned();
    const callLine = reader.unsigned();
    const callFile = reader.unsigned() - 1;
    const origin = reader.unsigned();
    let start = 0;
    let covers = false;
    for (let ranges = reader.unsigned(); ranges > 0 && !reader.failed; ranges--) {
      start += reader.signed();
      const size = reader.unsigned();
      covers ||= offset >= start && offset < start + size;
    }
    if (covers && depth < MAX_INLINE_DEPTH) byDepth[depth] ??= { callLine, callFile, origin };
  }
  const hits: InlineHit[] = [];
  for (const hit of byDepth) {
    if (hit === undefined) break;
    hits.push(hit);
  }
  return hits;
}
