// Reads what earlier versions put into the database: the small attachments of a report, compressed together.
import { zstdDecompressSync } from 'node:zlib';

/** `maxBytes` is what the data was before; more is damage. */
export function decompressSmall(frame: Uint8Array, maxBytes: number): Buffer {
  return zstdDecompressSync(frame, { maxOutputLength: Math.max(maxBytes, 1) });
}
