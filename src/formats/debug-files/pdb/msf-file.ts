// The container of a PDB: streams, each a list of blocks that lie anywhere in the file (MSF 7.00).
import { joinBytes } from '../../../base/bytes.ts';
import type { RandomAccess } from '../../symbols/random-access.ts';
import { SectionCursor, sliceOf } from '../section-cursor.ts';

export const MSF_MAGIC: Uint8Array = new TextEncoder().encode('Microsoft C/C++ MSF 7.00\r\n\x1aDS\0\0\0');
const MIN_BLOCK_BYTES = 512;
const MAX_BLOCK_BYTES = 65_536;
/** Streams that this many modules and more have; their numbers have 16 bits in all records. */
const MAX_STREAMS = 65_536;
const ABSENT = 0xffff_ffff;

/** Where the blocks of a stream are listed, and how long it is. */
type StreamPlace = { readonly size: number; readonly firstBlock: number };

export class MsfFile {
  private readonly file: RandomAccess;
  private readonly blockBytes: number;
  private readonly blocks: Uint32Array;
  private readonly places: readonly StreamPlace[];

  private constructor(
    file: RandomAccess,
    blockBytes: number,
    blocks: Uint32Array,
    places: readonly StreamPlace[],
  ) {
    this.file = file;
    this.blockBytes = blockBytes;
    this.blocks = blocks;
    this.places = places;
  }

  /** Reads the directory; a sentence where there is none that can be read. */
  static open(file: RandomAccess): MsfFile | string {
    const cursor = new SectionCursor(file, 4096);
    cursor.seek(MSF_MAGIC.length);
    const blockBytes = cursor.u32();
    cursor.skip(4);
    const blockCount = cursor.u32();
    const directoryBytes = cursor.u32();
    cursor.skip(4);
    const mapBlock = cursor.u32();
    if (cursor.failed) return 'the PDB is cut off in its header';
    const isPower = (blockBytes & (blockBytes - 1)) === 0;
    if (!isPower || blockBytes < MIN_BLOCK_BYTES || blockBytes > MAX_BLOCK_BYTES)
      return `the PDB names a block size of ${blockBytes} bytes`;
    const available = Math.ceil(file.byteLength / blockBytes);
    if (blockCount > available) return 'the PDB is cut off: blocks of it are missing';
    // One number for each stream, and one for each of their blocks.
    if (directoryBytes < 4 || directoryBytes > 4 * (1 + MAX_STREAMS + blockCount))
      return `the directory of the PDB claims ${directoryBytes} bytes`;
    const directoryBlocks = Math.ceil(directoryBytes / blockBytes);
    cursor.seek(mapBlock * blockBytes);
    const map = new Uint32Array(directoryBlocks);
    for (let i = 0; i < directoryBlocks; i++) map[i] = cursor.u32();
    if (cursor.failed || map.some((block) => block >= blockCount))
      return 'the directory of the PDB lies outside of the file';
    const directory = new SectionCursor(new BlockAccess(file, blockBytes, map, directoryBytes));
    const streamCount = directory.u32();
    if (streamCount > MAX_STREAMS || streamCount * 4 > directoryBytes)
      return `the PDB claims ${streamCount} streams`;
    const places: StreamPlace[] = [];
    let total = 0;
    for (let i = 0; i < streamCount; i++) {
      const size = directory.u32();
      const known = size === ABSENT ? 0 : size;
      places.push({ size: known, firstBlock: total });
      total += Math.ceil(known / blockBytes);
      // Streams share no blocks: more of them than there are means a directory that lies.
      if (total > blockCount) return 'the streams of the PDB are larger than the file';
    }
    const blocks = new Uint32Array(total);
    for (let i = 0; i < total; i++) blocks[i] = directory.u32();
    if (directory.failed || blocks.some((block) => block >= blockCount))
      return 'the directory of the PDB is damaged';
    return new MsfFile(file, blockBytes, blocks, places);
  }

  /** A stream by its number; null where it is absent or empty. */
  stream(number: number): RandomAccess | null {
    const place = this.places[number];
    if (place === undefined || place.size === 0) return null;
    const { size, firstBlock } = place;
    const blocks = this.blocks.subarray(firstBlock, firstBlock + Math.ceil(size / this.blockBytes));
    return new BlockAccess(this.file, this.blockBytes, blocks, size);
  }
}

/** Blocks as one piece. */
class BlockAccess implements RandomAccess {
  readonly byteLength: number;
  private readonly file: RandomAccess;
  private readonly blockBytes: number;
  private readonly blocks: Uint32Array;

  constructor(file: RandomAccess, blockBytes: number, blocks: Uint32Array, byteLength: number) {
    this.file = file;
    this.blockBytes = blockBytes;
    this.blocks = blocks;
    this.byteLength = byteLength;
  }

  read(position: number, length: number): Uint8Array {
    const end = Math.min(position + length, this.byteLength);
    const parts: Uint8Array[] = [];
    let at = position;
    while (at < end) {
      const first = Math.floor(at / this.blockBytes);
      let next = first + 1;
      // Neighbours are read at once.
      while (next * this.blockBytes < end && this.blocks[next] === (this.blocks[next - 1] ?? 0) + 1) next++;
      const stop = Math.min(end, next * this.blockBytes);
      const within = at - first * this.blockBytes;
      const bytes = this.file.read((this.blocks[first] ?? 0) * this.blockBytes + within, stop - at);
      parts.push(bytes);
      if (bytes.length < stop - at) break;
      at = stop;
    }
    return parts.length === 1 ? (parts[0] ?? new Uint8Array(0)) : joinBytes(parts);
  }
}

/** A part of a stream; an empty one where there is none. */
export function partOf(stream: RandomAccess | null, start: number, size: number): RandomAccess {
  return stream === null ? { byteLength: 0, read: () => new Uint8Array(0) } : sliceOf(stream, start, size);
}
