// Turns `.eh_frame` and `.debug_frame` into the unwind rows of a symbol index.
import type { SymbolSink } from '../../symbols/symbol-sink.ts';
import type { CodeRanges } from '../code-ranges.ts';
import { eachFrameEntry, type FrameEntry, type FrameSection } from './frame-entries.ts';
import { eachFrameRow, type FrameRules } from './frame-rules.ts';
import { type RuleText, ruleText } from './rule-text.ts';
import type { UnwindRegisters } from './unwind-registers.ts';

/** Rows of one file. */
const MAX_ROWS = 20_000_000;
/** Rows after which a range goes on in another one. */
const MAX_RANGE_ROWS = 8192;
/** Longest code whose rules are computed byte by byte: procedure linkage tables of 65,536 functions. */
const MAX_EXPANDED_BYTES = 1024 * 1024;

/** What the rows are of. */
export type FrameTarget = {
  readonly sink: Pick<SymbolSink, 'unwindRange' | 'unwindRow'>;
  readonly registers: UnwindRegisters;
  readonly code: CodeRanges;
  /** Address as linked of offset 0. */
  readonly base: number;
};

/** Writes all entries; gives how many could not be read. */
export function writeFrames(section: FrameSection, target: FrameTarget): number {
  const writer = new FrameWriter(target);
  let broken = 0;
  const unread = eachFrameEntry(section, (entry) => {
    if (!writer.write(entry)) broken++;
  });
  return unread + broken;
}

class FrameWriter {
  private readonly target: FrameTarget;
  private rows = 0;
  private expanded = 0;

  constructor(target: FrameTarget) {
    this.target = target;
  }

  /** False where an instruction is not understood; the rows before it stand. */
  write(entry: FrameEntry): boolean {
    const { code, registers } = this.target;
    const limit = code.endOf(entry.start);
    // glibc's entry for the return from a signal handler begins one byte before the function: what was called there has its
    // address minus one in it.
    const end = Math.min(
      limit === entry.start ? code.endOf(entry.start + 1) : limit,
      entry.start + entry.size,
    );
    if (end <= entry.start || this.rows >= MAX_ROWS) return true;
    const { returnRegister } = entry.common;
    const knows = (register: number): boolean => register === returnRegister || registers.names.has(register);
    const rows = new RangeRows();
    const whole = eachFrameRow({ ...entry, size: end - entry.start }, knows, (from, to, rules) =>
      this.addRows(rows, { from, to, rules, returnRegister }),
    );
    this.rows += rows.count;
    rows.write(this.target, end, entry.common.signal);
    return whole;
  }

  private addRows(
    rows: RangeRows,
    {
      from,
      to,
      rules,
      returnRegister,
    }: {
      readonly from: number;
      readonly to: number;
      readonly rules: FrameRules | null;
      readonly returnRegister: number;
    },
  ): void {
    const { registers } = this.target;
    const textAt = (pc: number): RuleText | null =>
      rules === null ? null : ruleText(rules, { registers, returnRegister, pc });
    const first = textAt(from);
    if (first?.usesPc === true) {
      this.expanded += to - from;
      if (this.expanded > MAX_EXPANDED_BYTES) {
        rows.add(from, null);
        return;
      }
    }
    rows.add(from, first?.text ?? null);
    if (first?.usesPc !== true) return;
    for (let pc = from + 1; pc < to; pc++) rows.add(pc, textAt(pc)?.text ?? null);
  }
}

const encoder = new TextEncoder();

/** Most texts whose bytes are kept: functions repeat a few hundred. */
const MAX_ENCODED = 4096;
const encoded = new Map<string, Uint8Array>();

function bytesOfText(text: string): Uint8Array {
  const known = encoded.get(text);
  if (known !== undefined) return known;
  if (encoded.size >= MAX_ENCODED) encoded.clear();
  const bytes = encoder.encode(text);
  encoded.set(text, bytes);
  return bytes;
}

/** The rows of one entry; equal neighbours become one. */
class RangeRows {
  private readonly addresses: number[] = [];
  private readonly texts: (string | null)[] = [];

  get count(): number {
    return this.addresses.length;
  }

  add(address: number, text: string | null): void {
    if (this.count > 0 && this.texts.at(-1) === text) return;
    this.addresses.push(address);
    this.texts.push(text);
  }

  /** Rows are complete, so that a range of very many can be cut anywhere. */
  write({ sink, base }: FrameTarget, end: number, signal: boolean): void {
    const { addresses, texts, count } = this;
    for (let i = 0; i < count; i++) {
      const address = addresses[i] ?? 0;
      if (i % MAX_RANGE_ROWS === 0) {
        sink.unwindRange(address - base, (addresses[i + MAX_RANGE_ROWS] ?? end) - address, signal);
      }
      const text = texts[i] ?? null;
      sink.unwindRow(address - base, text === null ? null : bytesOfText(text));
    }
  }
}
