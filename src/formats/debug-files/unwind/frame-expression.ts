// DWARF expressions of call frame rules as postfix text of STACK CFI. What the text has no operator for is computed here where
// the operands are known, as in the procedure linkage table, whose rule depends on the program counter alone. DWARF 5,
// section 2.5.
import { SectionCursor } from '../section-cursor.ts';
import type { UnwindRegisters } from './unwind-registers.ts';

const MAX_OPERATIONS = 256;
const MAX_STACK = 64;
const MAX_TEXT_CHARS = 4096;
/** Modules are loaded at multiples of a page: so many low bits of an address are the same when it runs. */
const PAGE_MASK = 0xfffn;

/** A value on the stack of the expression: text, and the number that it is where that is known. */
type Item = {
  readonly text: string;
  readonly value: bigint | null;
  /** The number depends on where the module was linked to. */
  readonly linked: boolean;
};

/** What an expression came to. */
export type FrameExpression = {
  readonly text: string;
  /** It was computed for this program counter, and is another one at others. */
  readonly usesPc: boolean;
};

/** `pc` is the address as linked; `start` the text on the stack at first (`.cfa`); null where it cannot be said. */
export function frameExpression(
  bytes: Uint8Array,
  registers: UnwindRegisters,
  { pc, start }: { readonly pc: number; readonly start: string | null },
): FrameExpression | null {
  const machine = new ExpressionMachine(bytes, registers, BigInt(pc));
  if (start !== null) machine.push({ text: start, value: null, linked: false });
  const text = machine.run();
  return text === null ? null : { text, usesPc: machine.usesPc };
}

class ExpressionMachine {
  usesPc = false;
  private readonly cursor: SectionCursor;
  private readonly registers: UnwindRegisters;
  private readonly pc: bigint;
  private readonly stack: Item[] = [];

  constructor(bytes: Uint8Array, registers: UnwindRegisters, pc: bigint) {
    this.cursor = new SectionCursor({
      byteLength: bytes.length,
      read: (position, length) => bytes.subarray(position, position + length),
    });
    this.registers = registers;
    this.pc = pc;
  }

  push(item: Item): boolean {
    if (this.stack.length >= MAX_STACK || item.text.length > MAX_TEXT_CHARS) return false;
    this.stack.push(item);
    return true;
  }

  run(): string | null {
    for (let steps = 0; !this.cursor.atEnd; steps++) {
      if (steps >= MAX_OPERATIONS || !this.step(this.cursor.u8()) || this.cursor.failed) return null;
    }
    const result = this.stack.at(-1);
    return result === undefined || result.linked ? null : result.text;
  }

  private step(operation: number): boolean {
    const { cursor } = this;
    if (operation >= 0x30 && operation <= 0x4f) return this.constant(BigInt(operation - 0x30));
    if (operation >= 0x70 && operation <= 0x8f) return this.register(operation - 0x70, cursor.sleb());
    switch (operation) {
      case 0x92: // bregx
        return this.register(cursor.uleb(), cursor.sleb());
      case 0x08:
        return this.constant(BigInt(cursor.u8()));
      case 0x09:
        return this.constant(BigInt((cursor.u8() << 24) >> 24));
      case 0x0a:
        return this.constant(BigInt(cursor.u16()));
      case 0x0b:
        return this.constant(BigInt((cursor.u16() << 16) >> 16));
      case 0x0c:
        return this.constant(BigInt(cursor.u32()));
      case 0x0d:
        return this.constant(BigInt(cursor.i32()));
      case 0x0e:
        return this.constant(BigInt(cursor.u64()));
      case 0x0f:
        return this.constant(BigInt(cursor.i64()));
      case 0x10:
        return this.constant(BigInt(cursor.uleb()));
      case 0x11:
        return this.constant(BigInt(cursor.sleb()));
      case 0x06: // deref
        return this.dereference();
      case 0x94: // deref_size
        return cursor.u8() === this.registers.pointerBytes && this.dereference();
      case 0x12: // dup
        return this.pick(0);
      case 0x14: // over
        return this.pick(1);
      case 0x15:
        return this.pick(cursor.u8());
      case 0x13:
        return this.stack.pop() !== undefined;
      case 0x16:
        return this.swap();
      case 0x23: // plus_uconst
        return this.constant(BigInt(cursor.uleb())) && this.binary(0x22);
      case 0x96: // nop
        return true;
      case 0x1f: // neg
        return this.unary((value) => -value);
      case 0x20: // not
        return this.unary((value) => ~value);
      default:
        return this.binary(operation);
    }
  }

  private constant(value: bigint): boolean {
    return this.push({ text: String(value), value, linked: false });
  }

  private register(number: number, offset: number): boolean {
    if (number === this.registers.pc) {
      this.usesPc = true;
      const value = this.pc + BigInt(offset);
      return this.push({ text: String(value), value, linked: true });
    }
    const name = this.registers.names.get(number);
    if (name === undefined) return false;
    return this.push({ text: offset === 0 ? name : `${name} ${offset} +`, value: null, linked: false });
  }

  private dereference(): boolean {
    const item = this.stack.pop();
    return (
      item !== undefined && !item.linked && this.push({ text: `${item.text} ^`, value: null, linked: false })
    );
  }

  private pick(index: number): boolean {
    const item = this.stack.at(-1 - index);
    return item !== undefined && this.push(item);
  }

  private swap(): boolean {
    const top = this.stack.pop();
    const below = this.stack.pop();
    return top !== undefined && below !== undefined && this.push(top) && this.push(below);
  }

  private unary(compute: (value: bigint) => bigint): boolean {
    const item = this.stack.pop();
    if (item === undefined || item.value === null || item.linked) return false;
    return this.constant(compute(item.value));
  }

  private binary(operation: number): boolean {
    const right = this.stack.pop();
    const left = this.stack.pop();
    if (right === undefined || left === undefined) return false;
    if (left.value !== null && right.value !== null) return this.fold(operation, left, right);
    if (left.linked || right.linked) return false;
    const text = spell(operation, left, right);
    return text !== null && this.push({ text, value: null, linked: false });
  }

  private fold(operation: number, left: Item, right: Item): boolean {
    const value = calculate(operation, left.value ?? 0n, right.value ?? 0n);
    if (value === null) return false;
    const isLow =
      operation === 0x1a &&
      [left, right].some(
        (item) => !item.linked && (item.value ?? -1n) >= 0n && (item.value ?? 0n) <= PAGE_MASK,
      );
    return this.push({ text: String(value), value, linked: (left.linked || right.linked) && !isLow });
  }
}

/** Postfix text of an operation on what is known only at run time. */
function spell(operation: number, left: Item, right: Item): string | null {
  const both = `${left.text} ${right.text}`;
  switch (operation) {
    case 0x22:
      return `${both} +`;
    case 0x1c:
      return `${both} -`;
    case 0x1e:
      return `${both} *`;
    case 0x24: // shl
      return right.value !== null && right.value >= 0n && right.value < 32n
        ? `${left.text} ${1n << right.value} *`
        : null;
    case 0x1a: {
      // and, with a mask that aligns
      const [other, mask] = right.value === null ? [right, left.value] : [left, right.value];
      if (mask === null) return null;
      const size = -mask;
      return size > 0n && (size & (size - 1n)) === 0n ? `${other.text} ${size} @` : null;
    }
    default:
      return null;
  }
}

function calculate(operation: number, left: bigint, right: bigint): bigint | null {
  switch (operation) {
    case 0x1a:
      return left & right;
    case 0x1b:
      return right === 0n ? null : left / right;
    case 0x1c:
      return left - right;
    case 0x1d:
      return right === 0n ? null : left % right;
    case 0x1e:
      return left * right;
    case 0x21:
      return left | right;
    case 0x22:
      return left + right;
    case 0x24:
      return right >= 0n && right < 64n ? left << right : null;
    case 0x25:
    case 0x26:
      return right >= 0n && right < 64n ? left >> right : null;
    case 0x27:
      return left ^ right;
    case 0x29:
      return left === right ? 1n : 0n;
    case 0x2a:
      return left >= right ? 1n : 0n;
    case 0x2b:
      return left > right ? 1n : 0n;
    case 0x2c:
      return left <= right ? 1n : 0n;
    case 0x2d:
      return left < right ? 1n : 0n;
    case 0x2e:
      return left !== right ? 1n : 0n;
    default:
      return null;
  }
}
