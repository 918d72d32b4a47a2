// The exception tables of 32-bit Arm (`.ARM.exidx`, `.ARM.extab`) as unwind rows: one for each function, which holds in its body. Arm, "Exception
// Handling ABI for the Arm Architecture", sections 6 and 10.3.
import type { RandomAccess } from '../../symbols/random-access.ts';
import type { SymbolSink } from '../../symbols/symbol-sink.ts';
import type { CodeRanges } from '../code-ranges.ts';
import { SectionCursor } from '../section-cursor.ts';

const ENTRY_BYTES = 8;
const MAX_ENTRIES = 4_000_000;
const CANT_UNWIND = 1;
/** Words of instructions; their number is a byte. */
const MAX_WORDS = 256;
const SP = 13;
const LR = 14;
const PC = 15;

export type ArmTableTarget = {
  readonly sink: Pick<SymbolSink, 'unwindRange' | 'unwindRow'>;
  readonly code: CodeRanges;
  /** What is described more exactly elsewhere. */
  readonly described: CodeRanges;
  readonly base: number;
  /** The bytes behind an address; null where the file has none. */
  readonly at: (address: number, size: number) => RandomAccess | null;
};

const encoder = new TextEncoder();

/** Writes a row for each function; gives how many could not be read. `address`: where the table lies. */
export function writeArmTable(table: RandomAccess, address: number, target: ArmTableTarget): number {
  const { sink, code, described, base, at } = target;
  const cursor = new SectionCursor(table);
  const count = Math.min(MAX_ENTRIES, Math.floor(table.byteLength / ENTRY_BYTES));
  let broken = 0;
  for (let i = 0; i < count; i++) {
    cursor.seek(i * ENTRY_BYTES);
    const here = address + i * ENTRY_BYTES;
    // The lowest bit says that the code is Thumb.
    const start = relative(cursor.u32(), here) & ~1;
    const data = cursor.u32();
    const next = i + 1 < count ? relative(cursor.u32(), here + ENTRY_BYTES) & ~1 : code.endOf(start >>> 0);
    const from = start >>> 0;
    const end = Math.min(next >>> 0, code.endOf(from));
    // Linkers say so of all code that was compiled without tables: what is no end of the stack.
    if (data === CANT_UNWIND) continue;
    const program =
      data >>> 31 === 1 ? inlineProgram(data) : tableProgram(relative(data, here + 4) >>> 0, at);
    const rules = program === null ? null : armRules(program);
    if (rules === null || end <= from) {
      broken++;
      continue;
    }
    const bytes = encoder.encode(rules);
    for (const [partStart, partEnd] of gaps(described, from, end)) {
      sink.unwindRange(partStart - base, partEnd - partStart, false);
      sink.unwindRow(partStart - base, bytes);
    }
  }
  return broken;
}

/** The parts of a range that are not described. */
function gaps(described: CodeRanges, start: number, end: number): [number, number][] {
  const parts: [number, number][] = [];
  for (let at = start; at < end;) {
    if (described.has(at)) at = described.endOf(at);
    else {
      const next = Math.min(end, described.nextStart(at));
      parts.push([at, next]);
      at = next;
    }
  }
  return parts;
}

/** A distance of 31 bits from the place it is written at. */
function relative(value: number, place: number): number {
  return place + ((value << 1) >> 1);
}

/** Three instructions in the entry itself. */
function inlineProgram(data: number): number[] | null {
  return ((data >>> 24) & 0xf) === 0 ? [(data >>> 16) & 0xff, (data >>> 8) & 0xff, data & 0xff] : null;
}

/** Instructions of an entry of `.ARM.extab`, of a compact model, or behind the personality routine that GNU's compilers name. */
function tableProgram(address: number, at: ArmTableTarget['at']): number[] | null {
  const bytes = at(address, (MAX_WORDS + 2) * 4);
  if (bytes === null) return null;
  const cursor = new SectionCursor(bytes, 64);
  let word = cursor.u32();
  let shift = 16;
  let more = 0;
  if (word >>> 31 === 1) {
    const model = (word >>> 24) & 0xf;
    if (model > 2) return null;
    if (model > 0) {
      more = (word >>> 16) & 0xff;
      shift = 8;
    }
  } else {
    word = cursor.u32();
    more = word >>> 24;
  }
  const program: number[] = [];
  for (let left = more; ; left--) {
    for (; shift >= 0; shift -= 8) program.push((word >>> shift) & 0xff);
    if (left === 0) break;
    word = cursor.u32();
    shift = 24;
  }
  return cursor.failed ? null : program;
}

/** The rules that the instructions come to; null where they refuse, or say what cannot be followed. */
function armRules(program: readonly number[]): string | null {
  const machine = new ArmTableMachine();
  for (let i = 0; i < program.length;) {
    const first = program[i] ?? 0;
    if (first === 0xb0) break;
    const used = machine.step(first, program.slice(i + 1));
    if (used === null) return null;
    i += 1 + used;
  }
  return machine.rules();
}

/** The virtual stack pointer: a register and a distance from it; and where registers were found on the way. */
class ArmTableMachine {
  private base = 'sp';
  private offset = 0;
  private readonly saved = new Map<number, string>();

  /** Executes an instruction; gives how many bytes of `operands` it took, null where it refuses. */
  step(first: number, operands: readonly number[]): number | null {
    const [second] = operands;
    if (first < 0x40) return this.move((first & 0x3f) * 4 + 4, 0);
    if (first < 0x80) return this.move(-((first & 0x3f) * 4 + 4), 0);
    if (first < 0x90) return second === undefined ? null : this.popMask(((first & 0xf) << 8) | second, 4);
    if (first < 0xa0) return this.setBase(first & 0xf);
    if (first < 0xb0) {
      const mask = (1 << ((first & 7) + 1)) - 1;
      return this.popMask(first < 0xa8 ? mask : mask | (1 << (LR - 4)), 4, 0);
    }
    if (first >= 0xb8 && first < 0xc0) return this.move(((first & 7) + 1) * 8 + 4, 0);
    if (first >= 0xd0 && first < 0xd8) return this.move(((first & 7) + 1) * 8, 0);
    if (first >= 0xc0 && first < 0xc6) return this.move(((first & 7) + 1) * 8, 0);
    if (second === undefined) return first === 0xb4 ? this.move(4, 0) : null;
    const counted = (second & 0xf) + 1;
    switch (first) {
      case 0xb1:
        return second === 0 || second > 0xf ? null : this.popMask(second, 0);
      case 0xb2:
        return this.moveFar(operands);
      case 0xb3:
        return this.move(counted * 8 + 4, 1);
      case 0xb4: // the code that signs the return address
        return this.move(4, 0);
      case 0xc6:
      case 0xc8:
      case 0xc9:
        return this.move(counted * 8, 1);
      case 0xc7: {
        if (second === 0 || second > 0xf) return null;
        return this.move([1, 2, 4, 8].filter((bit) => (second & bit) !== 0).length * 4, 1);
      }
      default:
        return null;
    }
  }

  rules(): string {
    const ra = this.saved.get(PC) ?? this.saved.get(LR) ?? 'lr';
    let rules = `.cfa: ${this.base} ${this.offset} + .ra: ${ra}`;
    for (const [register, rule] of [...this.saved].sort(([one], [other]) => one - other)) {
      if (register < SP) rules += ` r${register}: ${rule}`;
    }
    return rules;
  }

  private move(by: number, used: number): number {
    this.offset += by;
    return used;
  }

  private moveFar(operands: readonly number[]): number | null {
    let value = 0;
    for (const [i, byte] of operands.entries()) {
      if (i >= 4) return null;
      value += (byte & 0x7f) * 128 ** i;
      if (byte < 0x80) return this.move(0x204 + value * 4, i + 1);
    }
    return null;
  }

  /** Bits from the lowest are registers from `first` on, which lie in that order. */
  private popMask(mask: number, first: number, used = 1): number | null {
    // None at all says that the function cannot be left.
    if (mask === 0) return null;
    for (let bit = 0; bit < 12; bit++) {
      if ((mask & (1 << bit)) === 0) continue;
      const register = first + bit;
      // The stack pointer itself off the stack: nobody makes that.
      if (register === SP) return null;
      this.saved.set(register, `${this.base} ${this.offset} + ^`);
      this.offset += 4;
    }
    return used;
  }

  private setBase(register: number): number | null {
    // It would have to be the value that was found on the stack.
    if (register === SP || register === PC || this.saved.has(register)) return null;
    this.base = register === LR ? 'lr' : `r${register}`;
    this.offset = 0;
    return 0;
  }
}
