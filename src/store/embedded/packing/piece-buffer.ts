// Gathers the pieces in which an attachment arrives, however small, until there is enough to hash and compress at once.
import { FRAME_BYTES } from '../disk/seekable-zstd.ts';

const FIRST_BYTES = 2048;
/** From here on the buffer of a whole frame is taken, which is not to be grown again. */
const GROWS_TO_BYTES = 16 * 1024;

/** Fills a buffer of at most one frame. */
export class PieceBuffer {
  readonly #wholeBuffer: () => ArrayBuffer;
  #buffer: Uint8Array<ArrayBuffer> | null = null;
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

  /** Hands the buffer over and starts anew. */
  release(): { readonly buffer: ArrayBuffer; readonly length: number } {
    const released = { buffer: this.#buffer?.buffer ?? new ArrayBuffer(0), length: this.#length };
    this.#buffer = null;
    this.#length = 0;
    return released;
  }

  #withRoomFor(bytes: number): Uint8Array<ArrayBuffer> {
    const old = this.#buffer;
    if (old !== null && bytes <= old.length) return old;
    let size = old?.length ?? FIRST_BYTES;
    while (size < bytes) size *= 2;
    const buffer = new Uint8Array(size > GROWS_TO_BYTES ? this.#wholeBuffer() : new ArrayBuffer(size));
    if (old !== null) buffer.set(old.subarray(0, this.#length));
    this.#buffer = buffer;
    return buffer;
  }
}
