// Gathers the pieces in which an attachment arrives, however small, until there is enough to hash and compress at once.
import { FRAME_BYTES } from '../disk/seekable-zstd.ts';

const FIRST_BYTES = 1024;
/** Up to here bytes are gathered in memory of Node's own, small ones in its pool; beyond the buffer of a whole frame is taken. */
export const SMALL_BYTES = 16 * 1024;

/** Fills a buffer of at most one frame. */
export class PieceBuffer {
  readonly #wholeBuffer: () => ArrayBuffer;
  #buffer: Uint8Array<ArrayBuffer> | null = null;
  #isWhole = false;
  #length = 0;

  /** `wholeBuffer` gives buffers of FRAME_BYTES. */
  constructor(wholeBuffer: () => ArrayBuffer) {
    this.#wholeBuffer = wholeBuffer;
  }

  /** Copies what fits and gives how many bytes that were. */
  take(chunk: Uint8Array): number {
    const count = Math.min(chunk.length, FRAME_BYTES - this.#length);
    const buffer = this.#withRoomFor(this.#length + count);
    buffer.set(count === chunk.length ? chunk : chunk.subarray(0, count), this.#length);
    this.#length += count;
    return count;
  }

  /** The bytes so far. */
  bytes(): Uint8Array<ArrayBuffer> {
    return (this.#buffer ?? new Uint8Array(0)).subarray(0, this.#length);
  }

  /** Hands over a buffer that owns its memory alone, and starts anew. */
  release(): { readonly buffer: ArrayBuffer; readonly length: number } {
    // What is in a pool belongs to others, too.
    const whole = this.#isWhole ? this.#buffer : new Uint8Array(this.bytes());
    const released = { buffer: whole?.buffer ?? new ArrayBuffer(0), length: this.#length };
    this.#buffer = null;
    this.#isWhole = false;
    this.#length = 0;
    return released;
  }

  #withRoomFor(bytes: number): Uint8Array<ArrayBuffer> {
    const old = this.#buffer;
    if (old !== null && bytes <= old.length) return old;
    let size = Math.max(FIRST_BYTES, old?.length ?? bytes);
    while (size < bytes) size *= 2;
    this.#isWhole = size > SMALL_BYTES;
    const buffer = this.#isWhole ? new Uint8Array(this.#wholeBuffer()) : Buffer.allocUnsafe(size);
    if (old !== null) buffer.set(old.subarray(0, this.#length));
    this.#buffer = buffer;
    return buffer;
  }
}
