// The one way in which Mayday reads binary formats: every access is checked against the end of the bytes, in either
// byte order. Parsers open a window for each record (`window`), so a field can never reach into a neighbour.

/** A read that would have left the bytes; formats catch it where a damaged part may be dropped. */
export class OutOfBytesError extends RangeError {
  override readonly name = 'OutOfBytesError';

  constructor(offset: number, size: number, length: number) {
    super(`${size} bytes at ${offset} lie outside of ${length} bytes`);
  }
}

/** What `read` gives, or null where it would have left the bytes. */
export function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof OutOfBytesError) return null;
    throw error;
  }
}

/** Bounds-checked reads at offsets from the start of one window of bytes, which are in memory here (paged-reader.ts: elsewhere). */
export class ByteReader {
  readonly littleEndian: boolean;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, littleEndian = true) {
    this.#bytes = bytes;
    this.littleEndian = littleEndian;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.#bytes.byteLength;
  }

  /** All of them; for windows that are known to be small. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** The bytes from `from` to `to`, fewer where the window ends. */
  part(from: number, to: number): Uint8Array {
    return this.#bytes.subarray(from, to);
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

  /** A reader over exactly these bytes, or null where they are not all there. */
  window(offset: number, size: number): ByteReader | null {
    return this.has(offset, size) ? this.within(offset, size) : null;
  }

  /** Like `window`, for a caller that has already decided that a missing part is damage. */
  require(offset: number, size: number): ByteReader {
    this.check(offset, size);
    return this.within(offset, size);
  }

  /** Like `window`, of which nothing is read before it is asked for: for what may never be looked at. */
  lazyWindow(offset: number, size: number): ByteReader | null {
    return this.window(offset, size);
  }

  u8(offset: number): number {
    this.check(offset, 1);
    return this.#view.getUint8(offset);
  }

  u16(offset: number): number {
    this.check(offset, 2);
    return this.#view.getUint16(offset, this.littleEndian);
  }

  u32(offset: number): number {
    this.check(offset, 4);
    return this.#view.getUint32(offset, this.littleEndian);
  }

  u64(offset: number): bigint {
    this.check(offset, 8);
    return this.#view.getBigUint64(offset, this.littleEndian);
  }

  /** A 64-bit length or file offset as a number; values beyond 2^53 become Infinity, which no bound lets through. */
  size64(offset: number): number {
    const value = this.u64(offset);
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : Number.POSITIVE_INFINITY;
  }

  /** A reader over bytes that are known to lie inside. Nothing is copied. */
  protected within(offset: number, size: number): ByteReader {
    return new ByteReader(this.#bytes.subarray(offset, offset + size), this.littleEndian);
  }

  protected check(offset: number, size: number): void {
    if (!this.has(offset, size)) throw new OutOfBytesError(offset, size, this.length);
  }
}
