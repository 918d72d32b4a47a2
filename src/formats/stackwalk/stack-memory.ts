// Words of the crashed process's memory: the thread's own stack first, other captured regions after it.
import type { MemoryRegion } from './walk.ts';

/** Reads pointer-sized words; an absent one is null. */
export class StackMemory {
  readonly pointerBytes: 4 | 8;
  private readonly littleEndian: boolean;
  private readonly stack: MemoryRegion;
  private readonly stackView: DataView;
  private readonly stackEnd: bigint;
  private readonly regionAt: (address: bigint) => MemoryRegion | null;

  constructor(
    stack: MemoryRegion,
    pointerBytes: 4 | 8,
    bigEndian: boolean,
    regionAt: (address: bigint) => MemoryRegion | null,
  ) {
    this.stack = stack;
    this.pointerBytes = pointerBytes;
    this.littleEndian = !bigEndian;
    this.stackView = viewOf(stack);
    this.stackEnd = stack.start + BigInt(stack.bytes.length);
    this.regionAt = regionAt;
  }

  /** The word at an address. */
  word(address: bigint): bigint | null {
    if (address >= this.stack.start && address < this.stackEnd) {
      return this.wordIn(this.stackView, Number(address - this.stack.start));
    }
    const region = this.regionAt(address);
    if (region === null || address < region.start) return null;
    const offset = address - region.start;
    return offset >= BigInt(region.bytes.length) ? null : this.wordIn(viewOf(region), Number(offset));
  }

  /** True where the word at an address was captured as part of the thread's stack. */
  isOnStack(address: bigint): boolean {
    return address >= this.stack.start && address + BigInt(this.pointerBytes) <= this.stackEnd;
  }

  /**
   * The first of up to `count` stack words from `address` on that passes `accept`, with its address. `from` and `to`
   * are a cheap sieve: only words between them are turned into exact numbers and asked about. Null also where the
   * captured stack ends.
   */
  findWord(
    address: bigint,
    count: number,
    from: number,
    to: number,
    accept: (word: bigint) => boolean,
  ): { address: bigint; word: bigint } | null {
    if (address < this.stack.start || address >= this.stackEnd) return null;
    const step = this.pointerBytes;
    let offset = Number(address - this.stack.start);
    const last = Math.min(offset + count * step, this.stack.bytes.length) - step;
    for (; offset <= last; offset += step) {
      const rough = this.roughWord(offset);
      if (rough < from || rough > to) continue;
      const word = this.wordIn(this.stackView, offset);
      if (word !== null && accept(word)) return { address: this.stack.start + BigInt(offset), word };
    }
    return null;
  }

  /** The word at an offset into the stack, exact below 2^53. */
  private roughWord(offset: number): number {
    const first = this.stackView.getUint32(offset, this.littleEndian);
    if (this.pointerBytes === 4) return first;
    const second = this.stackView.getUint32(offset + 4, this.littleEndian);
    return this.littleEndian ? second * 2 ** 32 + first : first * 2 ** 32 + second;
  }

  private wordIn(view: DataView, offset: number): bigint | null {
    if (offset + this.pointerBytes > view.byteLength) return null;
    return this.pointerBytes === 4
      ? BigInt(view.getUint32(offset, this.littleEndian))
      : view.getBigUint64(offset, this.littleEndian);
  }
}

function viewOf(region: MemoryRegion): DataView {
  return new DataView(region.bytes.buffer, region.bytes.byteOffset, region.bytes.byteLength);
}
