// The rules that call frame instructions set up for one address, and the instructions themselves. DWARF 5, section 6.4.2, with
// the additions of GNU and of AArch64.
import { SectionCursor } from '../section-cursor.ts';
import type { CommonEntry, FrameEntry } from './frame-entries.ts';

/** How one register of the caller is found. */
export type RegisterRule =
  | { readonly kind: 'offset' | 'val_offset'; readonly offset: number }
  | { readonly kind: 'register'; readonly register: number }
  | { readonly kind: 'expression' | 'val_expression'; readonly expression: Uint8Array }
  | { readonly kind: 'undefined' | 'same_value' };

/** How the canonical frame address is found; null: not said, or not sayable. */
export type CfaRule =
  | { readonly kind: 'register'; readonly register: number; readonly offset: number }
  | { readonly kind: 'expression'; readonly expression: Uint8Array }
  | null;

/** All rules at one address. */
export type FrameRules = { readonly cfa: CfaRule; readonly registers: ReadonlyMap<number, RegisterRule> };

/** Gets the rules that hold from one address up to another, in order; null where nothing can be said. Valid during the call only. */
type RowSink = (from: number, to: number, rules: FrameRules | null) => void;

const MAX_STATES = 64;
/** Instructions of one entry: functions of a megabyte have some ten thousand. */
const MAX_INSTRUCTIONS = 2_000_000;

/** Runs the instructions of an entry; false where one is not understood. `knows` tells registers that matter: others are not remembered. */
export function eachFrameRow(entry: FrameEntry, knows: (register: number) => boolean, row: RowSink): boolean {
  return new FrameMachine(entry, knows, row).run();
}

class FrameMachine {
  private readonly entry: FrameEntry;
  private readonly common: CommonEntry;
  private readonly knows: (register: number) => boolean;
  private readonly row: RowSink;
  private readonly end: number;
  private at: number;
  private cfa: CfaRule = null;
  private registers = new Map<number, RegisterRule>();
  private initial: { readonly cfa: CfaRule; readonly registers: ReadonlyMap<number, RegisterRule> } = {
    cfa: null,
    registers: new Map(),
  };
  private readonly states: { readonly cfa: CfaRule; readonly registers: Map<number, RegisterRule> }[] = [];
  private steps = 0;

  constructor(entry: FrameEntry, knows: (register: number) => boolean, row: RowSink) {
    this.entry = entry;
    this.common = entry.common;
    this.knows = knows;
    this.row = row;
    this.at = entry.start;
    this.end = entry.start + entry.size;
  }

  run(): boolean {
    if (!this.execute(this.common.instructions)) {
      this.row(this.at, this.end, null);
      return false;
    }
    this.initial = { cfa: this.cfa, registers: new Map(this.registers) };
    const whole = this.execute(this.entry.instructions);
    if (this.at < this.end) this.row(this.at, this.end, whole ? this.rules() : null);
    return whole;
  }

  private rules(): FrameRules {
    return { cfa: this.cfa, registers: this.registers };
  }

  /** False where an instruction is not understood: what follows it means nothing. */
  private execute(instructions: Uint8Array): boolean {
    const cursor = new SectionCursor({
      byteLength: instructions.length,
      read: (position, length) => instructions.subarray(position, position + length),
    });
    while (!cursor.atEnd) {
      if (++this.steps > MAX_INSTRUCTIONS) return false;
      const byte = cursor.u8();
      const low = byte & 0x3f;
      const fine =
        byte < 0x40
          ? this.extended(byte, cursor)
          : byte < 0x80
            ? this.advance(low * this.common.codeAlign)
            : byte < 0xc0
              ? this.set(low, { kind: 'offset', offset: cursor.uleb() * this.common.dataAlign })
              : this.restore(low);
      if (!fine || cursor.failed) return false;
      // Rows behind the end of the function describe nothing (Go's linker leaves them).
      if (this.at >= this.end) return true;
    }
    return true;
  }

  private advance(by: number): boolean {
    if (by < 0 || !Number.isFinite(by)) return false;
    if (by > 0) this.row(this.at, Math.min(this.at + by, this.end), this.rules());
    this.at += by;
    return true;
  }

  private set(register: number, rule: RegisterRule): boolean {
    if (this.knows(register)) this.registers.set(register, rule);
    return true;
  }

  private restore(register: number): boolean {
    const rule = this.initial.registers.get(register);
    if (rule === undefined) this.registers.delete(register);
    else this.registers.set(register, rule);
    return true;
  }

  private setCfa(register: number, offset: number): boolean {
    this.cfa = { kind: 'register', register, offset };
    return true;
  }

  private extended(operation: number, cursor: SectionCursor): boolean {
    const { codeAlign, dataAlign, addressBytes } = this.common;
    switch (operation) {
      case 0x00: // nop
        return true;
      case 0x01: {
        // set_loc
        const to = cursor.word(addressBytes);
        return this.advance(to - this.at);
      }
      case 0x02:
        return this.advance(cursor.u8() * codeAlign);
      case 0x03:
        return this.advance(cursor.u16() * codeAlign);
      case 0x04:
        return this.advance(cursor.u32() * codeAlign);
      case 0x1d: // MIPS_advance_loc8
        return this.advance(cursor.u64() * codeAlign);
      case 0x05:
        return this.set(cursor.uleb(), { kind: 'offset', offset: cursor.uleb() * dataAlign });
      case 0x11:
        return this.set(cursor.uleb(), { kind: 'offset', offset: cursor.sleb() * dataAlign });
      case 0x2f: // GNU_negative_offset_extended
        return this.set(cursor.uleb(), { kind: 'offset', offset: -cursor.uleb() * dataAlign });
      case 0x14:
        return this.set(cursor.uleb(), { kind: 'val_offset', offset: cursor.uleb() * dataAlign });
      case 0x15:
        return this.set(cursor.uleb(), { kind: 'val_offset', offset: cursor.sleb() * dataAlign });
      case 0x06:
        return this.restore(cursor.uleb());
      case 0x07:
        return this.set(cursor.uleb(), { kind: 'undefined' });
      case 0x08:
        return this.set(cursor.uleb(), { kind: 'same_value' });
      case 0x09:
        return this.set(cursor.uleb(), { kind: 'register', register: cursor.uleb() });
      case 0x0a:
        return this.remember();
      case 0x0b:
        return this.recall();
      case 0x10:
        return this.set(cursor.uleb(), { kind: 'expression', expression: expressionAt(cursor) });
      case 0x16:
        return this.set(cursor.uleb(), { kind: 'val_expression', expression: expressionAt(cursor) });
      case 0x0c:
        return this.setCfa(cursor.uleb(), cursor.uleb());
      case 0x12:
        return this.setCfa(cursor.uleb(), cursor.sleb() * dataAlign);
      case 0x0d:
        return this.cfa?.kind === 'register' && this.setCfa(cursor.uleb(), this.cfa.offset);
      case 0x0e:
        return this.cfa?.kind === 'register' && this.setCfa(this.cfa.register, cursor.uleb());
      case 0x13:
        return this.cfa?.kind === 'register' && this.setCfa(this.cfa.register, cursor.sleb() * dataAlign);
      case 0x0f:
        this.cfa = { kind: 'expression', expression: expressionAt(cursor) };
        return true;
      case 0x2c: // AArch64 negate_ra_state_with_pc
      case 0x2d: // AArch64 negate_ra_state: the walker takes signatures off return addresses anyway
        return true;
      case 0x2e: // GNU_args_size: of interest to whoever lands in the frame, not to who leaves it
        cursor.skipLeb();
        return true;
      default:
        return false;
    }
  }

  private remember(): boolean {
    if (this.states.length >= MAX_STATES) return false;
    this.states.push({ cfa: this.cfa, registers: new Map(this.registers) });
    return true;
  }

  private recall(): boolean {
    const state = this.states.pop();
    if (state === undefined) return false;
    this.cfa = state.cfa;
    this.registers = state.registers;
    return true;
  }
}

function expressionAt(cursor: SectionCursor): Uint8Array {
  return cursor.bytes(cursor.uleb()).slice();
}
