// Reads an attachment that is stored in frames (seekable-zstd.ts), from wherever they lie: any part of it, or all in order.
import { FRAME_BYTES, decodeFrame, frameCount, readSeekTable, seekTableBytes } from './seekable-zstd.ts';

/** Where stored bytes lie: `read` gives exactly what was asked for, or rejects. */
export interface StoredBytes {
  read(at: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** The original bytes of an attachment. */
export interface OriginalBytes {
  readonly size: number;
  /** At most `length` bytes from `at` on: fewer only at the end. */
  read(at: number, length: number): Promise<Buffer>;
  /** All of it in order, a frame at a time. */
  chunks(): AsyncGenerator<Buffer, void>;
  close(): Promise<void>;
}

/** Opens the frames of `stored` bytes (table included) that hold `size` original ones. Rejects where the table is damaged. */
export async function openFrames(source: StoredBytes, stored: number, size: number): Promise<OriginalBytes> {
  const places = await framePlaces(source, stored, size);
  let last: { readonly index: number; readonly bytes: Promise<Buffer> } | null = null;

  async function decode(index: number): Promise<Buffer> {
    const place = places[index];
    if (place === undefined) throw new RangeError(`an attachment has no frame ${index}`);
    const expected = Math.min(FRAME_BYTES, size - index * FRAME_BYTES);
    const bytes = decodeFrame(await source.read(place.at, place.length), expected);
    if (bytes.length !== expected) throw new Error(`frame ${index} of an attachment is damaged`);
    return bytes;
  }

  // Readers go forward in small steps: the frame that was read last is kept.
  function frame(index: number): Promise<Buffer> {
    if (last?.index !== index) last = { index, bytes: decode(index) };
    return last.bytes;
  }

  return {
    size,
    async read(at, length) {
      const from = Math.max(0, Math.min(at, size));
      const end = Math.max(from, Math.min(from + length, size));
      const parts: Buffer[] = [];
      for (let start = from; start < end;) {
        const index = Math.floor(start / FRAME_BYTES);
        const bytes = await frame(index);
        const offset = start - index * FRAME_BYTES;
        const part = bytes.subarray(offset, Math.min(bytes.length, offset + end - start));
        parts.push(part);
        start += part.length;
      }
      return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
    },
    async *chunks() {
      if (size === 0) return;
      for (let index = 0; index < places.length; index += 1) yield await decode(index);
    },
    close: () => source.close(),
  };
}

interface FramePlace {
  readonly at: number;
  readonly length: number;
}

async function framePlaces(
  source: StoredBytes,
  stored: number,
  size: number,
): Promise<readonly FramePlace[]> {
  const tableBytes = seekTableBytes(frameCount(size));
  if (tableBytes === 0) return [{ at: 0, length: stored }];
  if (tableBytes > stored) throw new Error('an attachment is shorter than its seek table');
  const lengths = readSeekTable(await source.read(stored - tableBytes, tableBytes), size);
  let at = 0;
  const places = lengths.map((length) => {
    const place = { at, length };
    at += length;
    return place;
  });
  if (at + tableBytes !== stored) throw new Error('the seek table of an attachment is damaged');
  return places;
}

/** A part of a longer source, which is closed with it. */
export function partOf(source: StoredBytes, from: number, length: number): StoredBytes {
  return {
    read: (at, count) =>
      at + count > length
        ? Promise.reject(new Error('stored bytes end early'))
        : source.read(from + at, count),
    close: () => source.close(),
  };
}

/** Bytes in memory as a source. */
export function memorySource(bytes: Buffer): StoredBytes {
  return {
    read: (at, length) => {
      const part = bytes.subarray(at, at + length);
      return part.length === length
        ? Promise.resolve(part)
        : Promise.reject(new Error('stored bytes end early'));
    },
    close: () => Promise.resolve(),
  };
}

/** Original bytes that are in memory as they are. */
export function plainBytes(bytes: Buffer): OriginalBytes {
  return {
    size: bytes.length,
    read: (at, length) => Promise.resolve(bytes.subarray(Math.max(0, at), Math.max(0, at) + length)),
    async *chunks() {
      if (bytes.length > 0) yield await Promise.resolve(bytes);
    },
    close: () => Promise.resolve(),
  };
}
