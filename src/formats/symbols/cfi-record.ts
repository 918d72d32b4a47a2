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
  private readonly rows: { readonly offset: number; readonly text: number }[];

  constructor(address: number, size: number, text: number) {
    this.address = address;
    this.size = size;
    this.rows = [{ offset: 0, text }];
  }

  /** False where the row lies outside the range or is one too many. */
  addRow(address: number, text: number): boolean {
    const offset = address - this.address;
    if (offset < 0 || offset >= this.size || this.rows.length >= MAX_ROWS) return false;
    this.rows.push({ offset, text });
    return true;
  }

  /** Writes the record (without its length), rows by address. */
  write(to: VarintWriter): void {
    const { rows } = this;
    if (rows.some((row, i) => row.offset < (rows[i - 1]?.offset ?? 0)))
      rows.sort((a, b) => a.offset - b.offset);
    to.unsigned(rows.length);
    let before = 0;
    for (const row of rows) {
      to.unsigned(row.offset - before);
      to.unsigned(row.text);
      before = row.offset;
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
