// How the bytes of an attachment are stored: as zstd frames that each hold 128 KiB of the original (the last one less), so that any
// part can be read without what lies before it. More than one frame are followed by a seek table as the "zstd seekable format"
// defines it (a skippable frame, RFC 8878 section 3.1.2), which every decoder passes over: `zstd -d` gives the original.
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { areSealed, openBytes, sealBytes } from '../../shared/sealed-bytes.ts';
import type { DataKey } from '../../shared/sealed-bytes.ts';
import { findKey } from '../sealed/unlocked-keys.ts';

/** Original bytes of a frame. */
export const FRAME_BYTES = 128 * 1024;

const SEEK_TABLE_FRAME = 0x184d2a5e;
const SEEK_TABLE_MARK = 0x8f92eab1;
const FRAME_HEAD_BYTES = 8;
const ENTRY_BYTES = 8;
const FOOTER_BYTES = 9;

/**
 * Level 1 with a small table: minidumps shrink to a tenth with that as with larger ones. A frame carries its original size and
 * a checksum.
 */
const PARAMETERS = {
  [constants.ZSTD_c_compressionLevel]: 1,
  [constants.ZSTD_c_windowLog]: 17,
  [constants.ZSTD_c_hashLog]: 14,
  [constants.ZSTD_c_contentSizeFlag]: 1,
  [constants.ZSTD_c_checksumFlag]: 1,
};
/** What a frame may take beyond its original: headers, checksum, and what zstd adds to bytes that do not shrink. */
const FRAME_SLACK_BYTES = 256;

/** What frames are sealed for. */
const FRAME = 'frame';

/** One frame over at most FRAME_BYTES; with a key it is sealed, and any part of an attachment opens without the others. */
export function encodeFrame(original: Uint8Array, key: DataKey | null): Buffer {
  // Memory for the largest outcome, and no more: making it ready takes as long as compressing some kilobytes.
  const chunkSize = original.length + Math.ceil(original.length / 256) + FRAME_SLACK_BYTES;
  const frame = zstdCompressSync(original, { chunkSize, params: PARAMETERS });
  return key === null ? frame : sealBytes(key, frame, FRAME);
}

/** A frame that was stored in clear, sealed as it is: what was damaged before is found damaged afterwards. */
export function sealFrame(frame: Uint8Array, key: DataKey): Buffer {
  return sealBytes(key, frame, FRAME);
}

/** Whether a stored frame is sealed; no frame that zstd made looks like that. */
export function isSealedFrame(frame: Uint8Array): boolean {
  return areSealed(frame);
}

/** The inverse; `maxBytes` is what the original had at most. Throws where the frame is damaged. */
export function decodeFrame(frame: Uint8Array, maxBytes: number): Buffer {
  return zstdDecompressSync(openBytes(findKey, frame, FRAME), { maxOutputLength: Math.max(maxBytes, 1) });
}

/** How many frames hold so many original bytes. */
export function frameCount(size: number): number {
  return Math.max(1, Math.ceil(size / FRAME_BYTES));
}

/** What a seek table over so many frames takes; one frame needs none. */
export function seekTableBytes(frames: number): number {
  return frames <= 1 ? 0 : FRAME_HEAD_BYTES + frames * ENTRY_BYTES + FOOTER_BYTES;
}

/** The seek table to stand behind frames of these stored lengths; `size`: original bytes of all of them. */
export function seekTable(storedLengths: readonly number[], size: number): Buffer {
  const table = Buffer.alloc(seekTableBytes(storedLengths.length));
  if (table.length === 0) return table;
  table.writeUInt32LE(SEEK_TABLE_FRAME, 0);
  table.writeUInt32LE(table.length - FRAME_HEAD_BYTES, 4);
  for (const [index, stored] of storedLengths.entries()) {
    const at = FRAME_HEAD_BYTES + index * ENTRY_BYTES;
    table.writeUInt32LE(stored, at);
    table.writeUInt32LE(Math.min(FRAME_BYTES, size - index * FRAME_BYTES), at + 4);
  }
  table.writeUInt32LE(storedLengths.length, table.length - FOOTER_BYTES);
  table.writeUInt32LE(SEEK_TABLE_MARK, table.length - 4);
  return table;
}

/** The stored lengths of frames in `stored` bytes, of which `end` gives the last ones; null: their table is damaged, or does not fit. */
export function frameLengths(
  stored: number,
  size: number,
  end: (bytes: number) => Buffer,
): readonly number[] | null {
  const tableBytes = seekTableBytes(frameCount(size));
  if (tableBytes === 0) return [stored];
  if (tableBytes > stored) return null;
  try {
    const lengths = readSeekTable(end(tableBytes), size);
    return lengths.reduce((sum, length) => sum + length, tableBytes) === stored ? lengths : null;
  } catch {
    return null;
  }
}

/** The stored lengths in a seek table over `size` original bytes; throws where it is damaged. */
export function readSeekTable(table: Buffer, size: number): readonly number[] {
  const frames = frameCount(size);
  const isTable =
    table.length === seekTableBytes(frames) &&
    table.readUInt32LE(0) === SEEK_TABLE_FRAME &&
    table.readUInt32LE(table.length - FOOTER_BYTES) === frames &&
    table.readUInt32LE(table.length - 4) === SEEK_TABLE_MARK;
  if (!isTable) throw new Error('the seek table of an attachment is damaged');
  return Array.from({ length: frames }, (_, index) =>
    table.readUInt32LE(FRAME_HEAD_BYTES + index * ENTRY_BYTES),
  );
}
