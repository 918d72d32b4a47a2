// A sealed copy of an attachment's file that was written before the store was encrypted: each frame as it was, so that what was damaged is still found
// damaged, some of them a step.
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';
import type { StoredAttachment } from '../../shared/attachment-json.ts';
import type { DataKey } from '../../shared/sealed-bytes.ts';
import { nodeFiles, syncFiles } from '../disk/files.ts';
import type { RandomFile } from '../disk/files.ts';
import {
  encodeFrame,
  FRAME_BYTES,
  frameLengths,
  isSealedFrame,
  sealFrame,
  seekTable,
} from '../disk/seekable-zstd.ts';

/** Written in one step; reports that arrive meanwhile wait for it. */
export const STEP_BYTES = 4 * 1024 * 1024;
/** Written at once. */
const WRITE_BYTES = 1024 * 1024;

/** An attachment's bytes as they are to be sealed. */
interface Clear {
  readonly file: string;
  /** Without a coding: one zstd frame over all of it. */
  readonly coding: 'frames' | null;
  readonly size: number;
  readonly stored: number;
  readonly sha256: string | null;
}

/** Pieces of a sealed copy, as they go to the disk. */
type Pieces = AsyncGenerator<Buffer, void>;

/** Bytes of a file; 0: there is none. */
export function sizeOf(file: string): number {
  return syncFiles.stat(file)?.size ?? 0;
}

/** Whether a file needs no sealing: an empty one has nothing in clear, and one that is not there is for others to speak of. */
export function isSealedFile(
  file: string,
  { coding, size, stored = 0 }: Pick<StoredAttachment, 'coding' | 'size' | 'stored'>,
): boolean {
  if (sizeOf(file) === 0) return true;
  if (coding === undefined) return false;
  const source = syncFiles.openRandom(file);
  try {
    const length = lengthsIn(source, stored, size)?.[0];
    // Where the frames cannot be told apart it begins with a sealed piece, or does not.
    return length === undefined
      ? beginsSealed(source)
      : isSealedFrame(source.read(0, length)) || beginsSealed(source);
  } finally {
    source.close();
  }
}

function beginsSealed(source: RandomFile): boolean {
  const head = source.read(0, 8);
  return head.length === 8 && isSealedFrame(source.read(0, 8 + head.readUInt32LE(4)));
}

function lengthsIn(source: RandomFile, stored: number, size: number): readonly number[] | null {
  return frameLengths(stored, size, (bytes) => source.read(stored - bytes, bytes));
}

/** Writes a sealed copy; gives the bytes that it takes. */
export async function* writeSealed(clear: Clear, to: string, key: DataKey): AsyncGenerator<void, number> {
  let written = 0;
  let ofStep = 0;
  let gathered: Buffer[] = [];
  let bytes = 0;
  const write = (): void => {
    syncFiles.writeAt(to, written, Buffer.concat(gathered));
    written += bytes;
    ofStep += bytes;
    gathered = [];
    bytes = 0;
  };
  const pieces =
    clear.coding === null && (await isWhole(clear)) ? fromWhole(clear, key) : fromFrames(clear, key);
  for await (const piece of pieces) {
    gathered.push(piece);
    bytes += piece.length;
    if (bytes >= WRITE_BYTES) write();
    if (ofStep < STEP_BYTES) continue;
    ofStep = 0;
    yield;
  }
  write();
  return written;
}

/** Each frame as it was. Where they cannot be told apart, it becomes pieces that do not open as an attachment, as it did not before. */
async function* fromFrames({ file, coding, size, stored }: Clear, key: DataKey): Pieces {
  const source = syncFiles.openRandom(file);
  try {
    const lengths = coding === null ? null : lengthsIn(source, stored, size);
    const sealed: number[] = [];
    let at = 0;
    for (const length of lengths ?? piecesOf(stored)) {
      const frame = sealFrame(source.read(at, length), key);
      at += length;
      sealed.push(frame.length);
      yield await Promise.resolve(frame);
    }
    if (lengths !== null && lengths.length > 1) yield seekTable(sealed, size);
  } finally {
    source.close();
  }
}

function piecesOf(stored: number): readonly number[] {
  const pieces: number[] = [];
  for (let at = 0; at < stored; at += FRAME_BYTES) pieces.push(Math.min(FRAME_BYTES, stored - at));
  return pieces;
}

/** Whether a file of an earlier version, compressed as a whole, holds what was stored. */
async function isWhole(clear: Clear): Promise<boolean> {
  const found = createHash('sha256');
  try {
    for await (const chunk of originalOf(clear.file)) found.update(chunk);
  } catch {
    return false;
  }
  return found.digest('hex') === clear.sha256;
}

async function* fromWhole({ file, size }: Clear, key: DataKey): Pieces {
  const lengths: number[] = [];
  let gathered: Buffer = Buffer.alloc(0);
  for await (const chunk of originalOf(file)) {
    gathered = Buffer.concat([gathered, chunk]);
    for (; gathered.length >= FRAME_BYTES; gathered = gathered.subarray(FRAME_BYTES)) {
      const frame = encodeFrame(gathered.subarray(0, FRAME_BYTES), key);
      lengths.push(frame.length);
      yield frame;
    }
  }
  if (gathered.length > 0) {
    const frame = encodeFrame(gathered, key);
    lengths.push(frame.length);
    yield frame;
  }
  const table = seekTable(lengths, size);
  if (table.length > 0) yield table;
}

async function* originalOf(file: string): Pieces {
  const original = createZstdDecompress({ chunkSize: FRAME_BYTES });
  // The reader hears of an error from what it reads.
  pipeline(await nodeFiles.openRead(file), original, () => undefined);
  for await (const chunk of original as AsyncIterable<Buffer>) yield chunk;
}
