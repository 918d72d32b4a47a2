// The one way in which Mayday reads binary formats: every access is checked against the end of the bytes, in either
// byte order. Parsers open a window for each record (`window`), so a field can never reach into a neighbour.

/** A read that would have left the bytes; formats catch it where a damaged part may be dropped. */
export class OutOfBytesError extends RangeError {
  override readonly name = 'OutOfBytesError';

  constructor(offset: number, size: number, length: number) {
    super(`${size} bytes at ${offset} lie outside of ${length} bytes`);
  }
}

/** Bounds-checked reads at offsets from the start of one window of bytes. */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly littleEndian: boolean;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, littleEndian = true) {
    this.bytes = bytes;
    this.littleEndian = littleEndian;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.bytes.byteLength;
  }

  /** Whether `size` bytes at `offset` lie inside; false for anything that is not a plain non-negative integer. */
  has(offset: number, size: number): boolean {
    return (
      Number.isSafeInteger(offset) &&
      Number.isSafeInteger(size) &&
      offset >= 0 &&
      size >= 0 &&
      offset <= this.length - size
    );
  }

  /** A reader over exactly these bytes, or null where they are not all there. Nothing is copied. */
  window(offset: number, size: number): ByteReader | null {
    return this.has(offset, size)
      ? new ByteReader(this.bytes.subarray(offset, offset + size), this.littleEndian)
      : null;
  }

  /** Like `window`, for a caller that has already decided that a missing part is damage. */
  require(offset: number, size: number): ByteReader {
    this.#check(offset, size);
    return new ByteReader(this.bytes.subarray(offset, offset + size), this.littleEndian);
  }

  u8(offset: number): number {
    this.#check(offset, 1);
    return this.#view.getUint8(offset);
  }

  u16(offset: number): number {
    this.#check(offset, 2);
    return this.#view.getUint16(offset, this.littleEndian);
  }

  u32(offset: number): number {
    this.#check(offset, 4);
    return this.#view.getUint32(offset, this.littleEndian);
  }

  u64(offset: number): bigint {
    this.#check(offset, 8);
    return this.#view.getBigUint64(offset, this.littleEndian);
  }

  /** A 64-bit length or file offset as a number; values beyond 2^53 become Infinity, which no bound lets through. */
  size64(offset: number): number {
    const value = this.u64(offset);
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : Number.POSITIVE_INFINITY;
  }

  #check(offset: number, size: number): void {
    if (!this.has(offset, size)) throw new OutOfBytesError(offset, size, this.length);
  }
}
