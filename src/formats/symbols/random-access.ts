// Random access to the bytes of an index: the only interface through which formats/ sees storage, and a cache of
// blocks in front of it.
import { joinBytes } from '../../base/bytes.ts';

/** Bytes at rest: a file read with `pread`, or memory. */
export interface RandomAccess {
  readonly byteLength: number;
  /** Up to `length` bytes from `position`; fewer at the end or on a read error. Synchronous. Never keeps the result. */
  read(position: number, length: number): Uint8Array;
}

/** Bytes in memory as random access. */
export function inMemory(bytes: Uint8Array): RandomAccess {
  return {
    byteLength: bytes.length,
    read: (position, length) => bytes.subarray(position, position + length),
  };
}

/** The pieces of an index as its builder gave them (all of `pieceBytes`, except the last) as random access. */
export function inPieces(pieces: readonly Uint8Array[], pieceBytes: number): RandomAccess {
  const [last] = pieces.slice(-1);
  const byteLength = last === undefined ? 0 : (pieces.length - 1) * pieceBytes + last.length;
  return {
    byteLength,
    read(position, length) {
      const piece = Math.floor(position / pieceBytes);
      const at = position - piece * pieceBytes;
      const first = pieces[piece]?.subarray(at, at + length) ?? new Uint8Array(0);
      if (first.length === length || piece >= pieces.length - 1) return first;
      return joinBytes([first, this.read(position + first.length, length - first.length)]);
    },
  };
}

/** Bytes of one read: small enough to be quick, large enough for most records; a multiple of a table's entries. */
export const BLOCK_BYTES = 32 * 1024;

/** Blocks of any number of sources, least recently used dropped first, bounded by bytes. */
export class BlockCache {
  /** Bytes read from sources since the start, for budgets and metrics. */
  bytesRead = 0;
  private readonly maxBytes: number;
  private bytes = 0;
  private readonly blocks = new Map<string, Uint8Array>();
  private nextSource = 0;

  constructor({ maxBytes = 64 * 1024 * 1024 }: { readonly maxBytes?: number } = {}) {
    this.maxBytes = maxBytes;
  }

  /** A view of `source` through this cache. */
  over(source: RandomAccess): CachedAccess {
    const id = `${this.nextSource++}:`;
    return new CachedAccess(source, (block) => this.block(source, id, block));
  }

  private block(source: RandomAccess, id: string, block: number): Uint8Array {
    const key = id + block;
    const known = this.blocks.get(key);
    if (known !== undefined) {
      this.blocks.delete(key);
      this.blocks.set(key, known);
      return known;
    }
    const bytes = source.read(block * BLOCK_BYTES, BLOCK_BYTES);
    this.bytesRead += bytes.length;
    this.bytes += bytes.length;
    this.blocks.set(key, bytes);
    for (const [oldest, dropped] of this.blocks) {
      if (this.bytes <= this.maxBytes || oldest === key) break;
      this.blocks.delete(oldest);
      this.bytes -= dropped.length;
    }
    return bytes;
  }
}

/** Reads small pieces of one source through blocks. */
export class CachedAccess {
  readonly byteLength: number;
  private readonly loadBlock: (block: number) => Uint8Array;
  private lastBlock = -1;
  private lastBytes: Uint8Array = new Uint8Array(0);
  private lastView: DataView = new DataView(new ArrayBuffer(0));

  constructor(source: RandomAccess, loadBlock: (block: number) => Uint8Array) {
    this.byteLength = source.byteLength;
    this.loadBlock = loadBlock;
  }

  /** The bytes from `position` to `position + length`, fewer at the end. Not to be changed. */
  read(position: number, length: number): Uint8Array {
    const first = Math.floor(position / BLOCK_BYTES);
    const last = Math.floor((position + length - 1) / BLOCK_BYTES);
    const at = position - first * BLOCK_BYTES;
    if (first >= last) return this.block(first).subarray(at, at + length);
    const parts: Uint8Array[] = [];
    for (let block = first; block <= last; block++) {
      const bytes = this.block(block);
      parts.push(bytes.subarray(block === first ? at : 0, position + length - block * BLOCK_BYTES));
      if (bytes.length < BLOCK_BYTES) break;
    }
    return joinBytes(parts);
  }

  /** A view over the whole block that holds `position`; the position in it is `position % BLOCK_BYTES`. */
  blockView(position: number): DataView {
    this.block(Math.floor(position / BLOCK_BYTES));
    return this.lastView;
  }

  private block(block: number): Uint8Array {
    if (block === this.lastBlock) return this.lastBytes;
    const bytes = this.loadBlock(block);
    this.lastBlock = block;
    this.lastBytes = bytes;
    this.lastView = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return bytes;
  }
}
