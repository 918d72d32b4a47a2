// One STACK CFI INIT range with its rows, as a record of the symbol index. Rule texts repeat endlessly (".cfa: $rsp
// 16 +"), so a record names the positions of texts that are written once.
//
//   row count · row: address − address of the row before (unsigned; the first row is INIT's, at 0) · text position
import { VarintReader, type VarintWriter } from './varint.ts';

/** Most rows of one range; functions with more than a few hundred are rare. */
const MAX_ROWS = 16_384;

/** A CFI range while its rows are being read. */
export class CfiDraft {
  readonly address: number;
  readonly size: number;
  private readonly offsets: number[];
  private readonly texts: number[];
  private ascending = true;

  constructor(address: number, size: number, text: number) {
    this.address = address;
    this.size = size;
    this.offsets = [0];
    this.texts = [text];
  }

  /** False where the row lies outside the range or is one too many. */
  addRow(address: number, text: number): boolean {
    const offset = address - this.address;
    if (offset < 0 || offset >= this.size || this.offsets.length >= MAX_ROWS) return false;
    if (offset < (this.offsets.at(-1) ?? 0)) this.ascending = false;
    this.offsets.push(offset);
    this.texts.push(text);
    return true;
  }

  /** Writes the record (without its length), rows by address. */
  write(to: VarintWriter): void {
    const { offsets, texts } = this;
    // Rows are out of order in damaged files alone.
    const order = this.ascending
      ? null
      : [...offsets.keys()].sort((a, b) => (offsets[a] ?? 0) - (offsets[b] ?? 0) || a - b);
    to.unsigned(offsets.length);
    let before = 0;
    for (let i = 0; i < offsets.length; i++) {
      const row = order === null ? i : (order[i] ?? 0);
      const offset = offsets[row] ?? 0;
      to.unsigned(offset - before);
      to.unsigned(texts[row] ?? 0);
      before = offset;
    }
  }
}

/** Positions of the rule texts that hold `offset` bytes into the range, in order; null where the record is damaged. */
export function searchCfiRecord(bytes: Uint8Array, offset: number): number[] | null {
  const reader = new VarintReader(bytes);
  const texts: number[] = [];
  let at = 0;
  for (let left = reader.unsigned(); left > 0 && !reader.failed; left--) {
    at += reader.unsigned();
    const text = reader.unsigned();
    if (at > offset) break;
    texts.push(text);
  }
  return reader.failed ? null : texts;
}
