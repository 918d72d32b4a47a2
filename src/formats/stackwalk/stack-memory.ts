// Words of the crashed process's memory: the thread's own stack first, other captured regions after it.
import { type ByteReader, orNull } from '../../base/byte-reader.ts';
import type { MemoryRegion } from './walk.ts';

/** Reads pointer-sized words; an absent one is null. */
export class StackMemory {
  readonly pointerBytes: 4 | 8;
  private readonly stack: MemoryRegion;
  private readonly stackEnd: bigint;
  private readonly regionAt: (address: bigint) => MemoryRegion | null;

  constructor(stack: MemoryRegion, pointerBytes: 4 | 8, regionAt: (address: bigint) => MemoryRegion | null) {
    this.stack = stack;
    this.pointerBytes = pointerBytes;
    this.stackEnd = stack.start + BigInt(stack.bytes.length);
    this.regionAt = regionAt;
  }

  get littleEndian(): boolean {
    return this.stack.bytes.littleEndian;
  }

  /** The word at an address. */
  word(address: bigint): bigint | null {
    if (address >= this.stack.start && address < this.stackEnd) {
      return this.wordIn(this.stack.bytes, Number(address - this.stack.start));
    }
    const region = this.regionAt(address);
    if (region === null || address < region.start) return null;
    const offset = address - region.start;
    return offset >= BigInt(region.bytes.length) ? null : this.wordIn(region.bytes, Number(offset));
  }

  /** The four bytes of an instruction, which are little-endian on every CPU that asks. */
  instruction(address: bigint): number | null {
    const bytes = this.bytes(address, 4);
    return bytes === null
      ? null
      : new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  }

  /** True where these bytes, the lowest of each four first, were captured at an address. */
  holds(address: bigint, expected: readonly number[]): boolean {
    const bytes = this.bytes(address, expected.length);
    const swap = this.littleEndian ? 0 : 3;
    return bytes !== null && expected.every((byte, index) => bytes[index ^ swap] === byte);
  }

  /** Exactly `count` captured bytes from an address on, or null. */
  private bytes(address: bigint, count: number): Uint8Array | null {
    const region =
      address >= this.stack.start && address < this.stackEnd ? this.stack : this.regionAt(address);
    if (region === null || address < region.start) return null;
    const offset = address - region.start;
    if (offset + BigInt(count) > BigInt(region.bytes.length)) return null;
    return orNull(() => region.bytes.part(Number(offset), Number(offset) + count));
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
    const first = Number(address - this.stack.start);
    // One piece for all words: looking at each by itself would cost several times as much.
    const bytes = orNull(() => this.stack.bytes.part(first, first + count * step));
    if (bytes === null) return null;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let offset = 0; offset <= bytes.length - step; offset += step) {
      const rough = this.roughWord(view, offset);
      if (rough < from || rough > to) continue;
      const word = this.wordIn(this.stack.bytes, first + offset);
      if (word !== null && accept(word)) return { address: address + BigInt(offset), word };
    }
    return null;
  }

  /** The word at an offset, exact below 2^53. */
  private roughWord(view: DataView, offset: number): number {
    const { littleEndian } = this.stack.bytes;
    const first = view.getUint32(offset, littleEndian);
    if (this.pointerBytes === 4) return first;
    const second = view.getUint32(offset + 4, littleEndian);
    return littleEndian ? second * 2 ** 32 + first : first * 2 ** 32 + second;
  }

  private wordIn(bytes: ByteReader, offset: number): bigint | null {
    if (!bytes.has(offset, this.pointerBytes)) return null;
    return orNull(() => (this.pointerBytes === 4 ? BigInt(bytes.u32(offset)) : bytes.u64(offset)));
  }
}
