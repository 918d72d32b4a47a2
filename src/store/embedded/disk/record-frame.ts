// A record at the end of a compressed file: what the file is part of, for the day on which the database is gone.
// It is a skippable frame of the zstd format (RFC 8878, section 3.1.2), which every decoder passes over, so the file stays what people
// and tools take it for. Layout: magic (4), length (4), zstd frame over JSON, then CRC-32 of that frame (4), its length (4) and a mark
// (8), so that it is found from the end of the file.
import { syncFiles } from './files.ts';
import type { RandomFile } from './files.ts';
import { crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { openBytes, sealBytes } from '../../shared/sealed-bytes.ts';
import type { DataKey } from '../../shared/sealed-bytes.ts';
import { findKey } from '../sealed/unlocked-keys.ts';

const SKIPPABLE = 0x184d2a5d;
const MARK = Buffer.from('MAYDAYR1', 'latin1');
const HEAD_BYTES = 8;
const TAIL_BYTES = 16;
/** A record is no larger than this when it is read back: annotations and notes are bounded by the limits of an upload. */
const MAX_RECORD_BYTES = 64 * 1024 * 1024;

/** What a file says of its report. */
export type StoredRecord = Readonly<Record<string, unknown>>;

/** What records are sealed for. */
const RECORD = 'record';

/** The frame to append to a file; with a key what it says is sealed. */
export function recordFrame(record: unknown, key: DataKey | null): Buffer {
  const clear = zstdCompressSync(JSON.stringify(record));
  const body = key === null ? clear : sealBytes(key, clear, RECORD);
  const frame = Buffer.allocUnsafe(HEAD_BYTES + body.length + TAIL_BYTES);
  frame.writeUInt32LE(SKIPPABLE, 0);
  frame.writeUInt32LE(body.length + TAIL_BYTES, 4);
  frame.set(body, HEAD_BYTES);
  frame.writeUInt32LE(crc32(body), HEAD_BYTES + body.length);
  frame.writeUInt32LE(body.length, HEAD_BYTES + body.length + 4);
  frame.set(MARK, HEAD_BYTES + body.length + 8);
  return frame;
}

/** How many bytes hold the record and its tail, as the last ones tell; null: there is none. */
function recordBytes(end: Buffer): number | null {
  if (end.length < TAIL_BYTES || !end.subarray(-MARK.length).equals(MARK)) return null;
  const length = end.readUInt32LE(end.length - MARK.length - 4);
  return length > MAX_RECORD_BYTES ? null : length + TAIL_BYTES;
}

/** The record that bytes end with; null: there is none, or it is damaged. */
export function readRecord(bytes: Buffer): StoredRecord | null {
  const length = recordBytes(bytes);
  if (length === null || length > bytes.length) return null;
  const body = bytes.subarray(bytes.length - length, bytes.length - TAIL_BYTES);
  if (bytes.readUInt32LE(bytes.length - TAIL_BYTES) !== crc32(body)) return null;
  try {
    const clear = openBytes(findKey, body, RECORD);
    const record: unknown = JSON.parse(
      zstdDecompressSync(clear, { maxOutputLength: MAX_RECORD_BYTES }).toString(),
    );
    return typeof record === 'object' && record !== null ? (record as StoredRecord) : null;
  } catch {
    return null;
  }
}

/** The same of a file that is open. */
export function readRecordOf(file: RandomFile): StoredRecord | null {
  const length = recordLengthOf(file);
  return length === null ? null : readRecord(file.read(file.size - length, length));
}

function recordLengthOf(file: RandomFile): number | null {
  const length = recordBytes(file.read(Math.max(0, file.size - TAIL_BYTES), TAIL_BYTES));
  return length === null || length > file.size ? null : length;
}

/** Overwrites the record at the end of a file, if it ends with one; its frame stays, so that decoders pass over it as before. */
export function eraseRecord(file: string): void {
  const source = syncFiles.openRandom(file);
  let body: number | null = null;
  try {
    const { size } = source;
    const length = recordLengthOf(source);
    body = length === null ? null : size - length;
    if (body !== null) syncFiles.writeAt(file, body, Buffer.alloc(size - body));
  } finally {
    source.close();
  }
  if (body !== null) syncFiles.syncFile(file);
}
