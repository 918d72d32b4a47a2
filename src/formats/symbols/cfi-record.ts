// One range of unwind rows, as a record of the symbol index. Rule texts repeat endlessly (".cfa: $rsp 16 +"), so a record
// names the positions of texts that are written once.
//
//   flags · row count · row: address − address of the row before (unsigned) · text position (0: no rules from here on)
//
// Flags: 1 the rows are complete (those of STACK CFI add to the rows before them), 2 the range belongs to a signal frame.
import { VarintReader, type VarintWriter } from './varint.ts';

/** Most rows of one range; functions with more than a few hundred are rare. */
const MAX_ROWS = 16_384;
const COMPLETE = 1;
const SIGNAL = 2;

/** The text position of a row that ends the rules before it. */
export const NO_RULES = 0;

/** A CFI range while its rows are being read. */
export class CfiDraft {
  readonly address: number;
  readonly size: number;
  private readonly flags: number;
  private readonly offsets: number[] = [];
  private readonly texts: number[] = [];
  private ascending = true;

  constructor(
    address: number,
    size: number,
    { complete, signal }: { readonly complete: boolean; readonly signal: boolean },
  ) {
    this.address = address;
    this.size = size;
    this.flags = (complete ? COMPLETE : 0) | (signal ? SIGNAL : 0);
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
    to.unsigned(this.flags);
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

/** What a record says about one address. */
export type CfiHit = {
  /** Positions of the rule texts that hold, in order: a later one adds to, or replaces, those before it. */
  readonly texts: readonly number[];
  readonly signal: boolean;
};

/** Searches a record for `offset` bytes into the range; null where it has no rules there, or is damaged. */
export function searchCfiRecord(bytes: Uint8Array, offset: number): CfiHit | null {
  const reader = new VarintReader(bytes);
  const flags = reader.unsigned();
  const complete = (flags & COMPLETE) !== 0;
  let texts: number[] = [];
  let at = 0;
  for (let left = reader.unsigned(); left > 0 && !reader.failed; left--) {
    at += reader.unsigned();
    const text = reader.unsigned();
    if (at > offset) break;
    if (complete) texts = [];
    if (text !== NO_RULES) texts.push(text);
  }
  return reader.failed || texts.length === 0 ? null : { texts, signal: (flags & SIGNAL) !== 0 };
}
