// Gives the memory of a chunk back as soon as its bytes were taken over, without waiting for the garbage collector: that
// lets dead buffers pile up to 64 MB and more, which is what 64 large uploads at once may use together.

/** Smaller chunks are not worth it. */
const MIN_BYTES = 8 * 1024;

/**
 * Empties a chunk that nobody reads any more. Only one that owns its memory alone is touched; a view into a larger buffer
 * stays as it is.
 */
export function releaseChunk(chunk: Uint8Array): void {
  if (chunk.byteLength === chunk.buffer.byteLength) releaseMemory(chunk);
}

/** Empties all of the memory that a chunk lies in, for a caller who knows that no other view of it is read any more. */
export function releaseMemory({ buffer }: Uint8Array): void {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength < MIN_BYTES) return;
  try {
    buffer.transfer(0);
  } catch {
    // Memory that cannot be detached is collected later.
  }
}
