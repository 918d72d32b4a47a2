// The environment of reading debug files that lie in memory: unpacked sections do, too. Works in Node and in browsers.
import { builtInModule } from '../../base/built-in-module.ts';
import { joinBytes } from '../../base/bytes.ts';
import { decodeXz } from '../containers/xz.ts';
import { inMemory, type RandomAccess } from '../symbols/random-access.ts';
import type { DebugFileEnvironment, Packing } from './debug-file.ts';

/** How long reading may take. */
export type MemoryEnvironmentOptions = { readonly timeoutMs?: number; readonly now?: () => number };

/** Unpacks with what the run time has: zlib everywhere, zstd in Node. */
export class MemoryEnvironment implements DebugFileEnvironment {
  private readonly deadline: number;
  private readonly now: () => number;

  constructor({ timeoutMs = 60_000, now = Date.now }: MemoryEnvironmentOptions = {}) {
    this.now = now;
    this.deadline = now() + timeoutMs;
  }

  readonly isOver = (): boolean => this.now() > this.deadline;

  async unpack(packed: RandomAccess, packing: Packing, maxBytes: number): Promise<RandomAccess | null> {
    const bytes = packed.read(0, packed.byteLength);
    try {
      if (packing === 'xz') return inMemory(decodeXz(bytes, { maxBytes }));
      if (packing === 'zstd') return unpackZstd(bytes, maxBytes);
      return await this.inflate(bytes, maxBytes);
    } catch {
      // Damaged, or larger than it may be: either way the section is not there.
      return null;
    }
  }

  private async inflate(bytes: Uint8Array, maxBytes: number): Promise<RandomAccess | null> {
    const stream = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(new DecompressionStream('deflate'));
    const pieces: Uint8Array[] = [];
    let total = 0;
    for await (const piece of stream) {
      total += piece.length;
      if (total > maxBytes || this.isOver()) return null;
      pieces.push(piece);
    }
    return inMemory(joinBytes(pieces));
  }
}

/** Browsers cannot: the section is left out there, and noted by whoever wanted it. */
function unpackZstd(bytes: Uint8Array, maxBytes: number): RandomAccess | null {
  const zlib = builtInModule('node:zlib');
  return zlib === null ? null : inMemory(zlib.zstdDecompressSync(bytes, { maxOutputLength: maxBytes }));
}
