// Reads little-endian fields of one part of a file through a small window, so that memory does not follow the size of the
// part. Past its end it gives zeros and `failed` is set: readers check that where a record ends.
import type { RandomAccess } from '../symbols/random-access.ts';

/** Bytes of one read; records that are read one after the other mostly fall into the window. */
const WINDOW_BYTES = 64 * 1024;
/** Longest text that is read. */
const MAX_TEXT_BYTES = 64 * 1024;

const NO_BYTES = new Uint8Array(0);

/** A part of something at rest, itself at rest. */
export function sliceOf(source: RandomAccess, start: number, length: number): RandomAccess {
  const from = Math.min(Math.max(0, start), source.byteLength);
  const byteLength = Math.max(0, Math.min(length, source.byteLength - from));
  return {
    byteLength,
    read: (position, count) =>
      position >= byteLength
        ? NO_BYTES
        : source.read(from + position, Math.min(count, byteLength - position)),
  };
}

/** A position in a part, and typed reads from there. */
export class SectionCursor {
  readonly length: number;
  failed = false;
  private readonly source: RandomAccess;
  private readonly windowBytes: number;
  private window: Uint8Array = NO_BYTES;
  /** Position of the first byte of the window. */
  private start = 0;
  /** Index in the window of the next byte. */
  private at = 0;

  /** A cursor that jumps about wants a small window. */
  constructor(source: RandomAccess, windowBytes = WINDOW_BYTES) {
    this.source = source;
    this.length = source.byteLength;
    this.windowBytes = windowBytes;
  }

  get position(): number {
    return this.start + this.at;
  }

  /** Whether nothing is left. */
  get atEnd(): boolean {
    return this.start + this.at >= this.length;
  }

  /** Goes to a position, which may lie outside: the next read fails then. Clears `failed`. */
  seek(position: number): void {
    this.failed = false;
    this.move(position);
  }

  skip(count: number): void {
    this.move(this.start + this.at + count);
  }

  u8(): number {
    if (this.at < this.window.length) return this.window[this.at++] ?? 0;
    if (!this.fill(1)) return 0;
    return this.window[this.at++] ?? 0;
  }

  u16(): number {
    if (!this.need(2)) return 0;
    const { window, at } = this;
    this.at += 2;
    return (window[at] ?? 0) | ((window[at + 1] ?? 0) << 8);
  }

  u24(): number {
    const low = this.u16();
    return low | (this.u8() << 16);
  }

  u32(): number {
    if (!this.need(4)) return 0;
    const { window, at } = this;
    this.at += 4;
    return (
      ((window[at] ?? 0) |
        ((window[at + 1] ?? 0) << 8) |
        ((window[at + 2] ?? 0) << 16) |
        ((window[at + 3] ?? 0) << 24)) >>>
      0
    );
  }

  i32(): number {
    return this.u32() | 0;
  }

  /** Exact below 2^53; beyond, where no address or size of a sound file lies, about right. */
  u64(): number {
    const low = this.u32();
    return this.u32() * 2 ** 32 + low;
  }

  /** A signed number; exact within 2^53. */
  i64(): number {
    const low = this.u32();
    return (this.u32() | 0) * 2 ** 32 + low;
  }

  /** 4 or 8 bytes. */
  word(bytes: number): number {
    return bytes === 8 ? this.u64() : bytes === 4 ? this.u32() : bytes === 2 ? this.u16() : this.u8();
  }

  uleb(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    this.failed = true;
    return 0;
  }

  sleb(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) return (byte & 0x40) === 0 ? value : value - scale;
    }
    this.failed = true;
    return 0;
  }

  /** Steps over a LEB128 number. */
  skipLeb(): void {
    for (let i = 0; i < 64; i++) {
      if (this.u8() < 0x80) return;
    }
    this.failed = true;
  }

  /** Steps over a text that ends in a zero. */
  skipText(): void {
    for (;;) {
      const end = this.window.indexOf(0, this.at);
      if (end !== -1) {
        this.at = end + 1;
        return;
      }
      this.at = this.window.length;
      if (!this.fill(1)) return;
    }
  }

  /** A text that ends in a zero, without it; null where it has no end, or is longer than any name. */
  text(): Uint8Array | null {
    const end = this.window.indexOf(0, this.at);
    if (end !== -1) {
      const bytes = this.window.subarray(this.at, end);
      this.at = end + 1;
      return bytes;
    }
    const from = this.position;
    const bytes = this.source.read(from, MAX_TEXT_BYTES);
    const length = bytes.indexOf(0);
    if (length === -1) {
      this.failed = true;
      return null;
    }
    this.move(from + length + 1);
    return bytes.subarray(0, length);
  }

  /** Exactly so many bytes; fewer, and `failed`, at the end. */
  bytes(count: number): Uint8Array {
    const from = this.position;
    if (count > this.length - from) {
      this.failed = true;
      return NO_BYTES;
    }
    const { at, window } = this;
    this.move(from + count);
    if (at + count <= window.length) return window.subarray(at, at + count);
    const bytes = this.source.read(from, count);
    if (bytes.length < count) this.failed = true;
    return bytes;
  }

  private need(count: number): boolean {
    return this.at + count <= this.window.length || this.fill(count);
  }

  private move(position: number): void {
    const at = position - this.start;
    if (at >= 0 && at <= this.window.length) {
      this.at = at;
      return;
    }
    this.window = NO_BYTES;
    this.start = Number.isSafeInteger(position) && position >= 0 ? position : this.length;
    if (this.start !== position) this.failed = true;
    this.at = 0;
  }

  /** Reads the window that begins at the position; false, and at the end, where less than `count` bytes are there. */
  private fill(count: number): boolean {
    const position = this.start + this.at;
    this.window = position >= this.length ? NO_BYTES : this.source.read(position, this.windowBytes);
    this.start = position;
    this.at = 0;
    if (this.window.length >= count) return true;
    this.failed = true;
    this.start = Math.max(position, this.length);
    this.window = NO_BYTES;
    return false;
  }
}
