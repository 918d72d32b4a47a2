// Compression of small attachments that live in the database: whole buffers, in the writer thread.
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** Below this a frame costs more time than it saves space: rows share pages. */
const WORTH_COMPRESSING = 2048;

const PARAMETERS = {
  params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_contentSizeFlag]: 1 },
};

/** One zstd frame over the data, or null where it would not be smaller. */
export function compressSmall(data: Uint8Array): Uint8Array | null {
  if (data.length < WORTH_COMPRESSING) return null;
  const packed = zstdCompressSync(data, PARAMETERS);
  return packed.length < data.length ? packed : null;
}

/** The inverse. `maxBytes` is what the data was before; more is damage. */
export function decompressSmall(frame: Uint8Array, maxBytes: number): Buffer {
  return zstdDecompressSync(frame, { maxOutputLength: Math.max(maxBytes, 1) });
}
