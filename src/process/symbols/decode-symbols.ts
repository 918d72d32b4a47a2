// A stream of symbols, plain, gzip or zstd (told by its first bytes, whatever its name), into a text file of bounded size.
import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { SymbolsRefused } from './symbols-refused.ts';

/** How often larger than its source a text may be; small texts may be anything. */
const MAX_RATIO = 200;
const RATIO_FREE_BYTES = 16 * 1024 * 1024;
const CHECK_SPACE_BYTES = 64 * 1024 * 1024;

/** What the first bytes of a file say. */
export type Packing = 'zip' | 'gzip' | 'zstd' | 'plain';

/** Bytes that `packingOf` wants to see. */
export const MAGIC_BYTES = 4;

/** Tells the packing by the first four bytes. */
export function packingOf(start: Uint8Array): Packing {
  const [a, b, c, d] = start;
  if (a === 0x50 && b === 0x4b && ((c === 3 && d === 4) || (c === 5 && d === 6))) return 'zip';
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  return 'plain';
}

/** Bounds of one text. */
export type DecodeLimits = {
  readonly maxBytes: number;
  /** Rejects where the disk has no room for what comes. */
  readonly checkSpace: () => Promise<void>;
};

/** Writes the text to `target`; gives its size. Rejects with `SymbolsRefused`, or as the disk fails. */
export async function decodeSymbols(source: Readable, target: string, limits: DecodeLimits): Promise<number> {
  const iterator = source[Symbol.asyncIterator]();
  let start: Buffer = Buffer.alloc(0);
  try {
    while (start.length < MAGIC_BYTES) {
      const { done, value } = (await iterator.next()) as IteratorResult<Buffer, undefined>;
      if (done === true) break;
      start = Buffer.concat([start, value]);
    }
  } catch (error) {
    throw asRefusal(error);
  }
  const packing = packingOf(start);
  let sent = 0;
  let total = 0;
  async function* whole(): AsyncGenerator<Buffer> {
    sent += start.length;
    yield start;
    for (;;) {
      const { done, value } = (await iterator.next()) as IteratorResult<Buffer, undefined>;
      if (done === true) return;
      sent += value.length;
      yield value;
    }
  }
  async function* checked(decoded: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let nextCheck = CHECK_SPACE_BYTES;
    for await (const chunk of decoded) {
      total += chunk.length;
      if (total > limits.maxBytes) throw new SymbolsRefused('text_too_large');
      if (total > RATIO_FREE_BYTES && total > sent * MAX_RATIO) throw new SymbolsRefused('compression_ratio');
      if (total > nextCheck) {
        await limits.checkSpace();
        nextCheck = total + CHECK_SPACE_BYTES;
      }
      yield chunk;
    }
  }
  const decoder = packing === 'gzip' ? createGunzip() : packing === 'zstd' ? createZstdDecompress() : null;
  const out = createWriteStream(target);
  try {
    if (decoder === null) await pipeline(whole, checked, out);
    else await pipeline(whole, decoder, checked, out);
  } catch (error) {
    throw asRefusal(error);
  } finally {
    source.destroy();
  }
  return total;
}

/** Faults of zlib and of a zip reader are faults of the upload. */
function asRefusal(error: unknown): unknown {
  if (error instanceof SymbolsRefused) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code.startsWith('Z_') || code.startsWith('ZSTD_') || code.startsWith('ERR_ZLIB'))
    return new SymbolsRefused('bad_compression');
  if (code === 'ENOSPC') return new SymbolsRefused('no_space');
  return error;
}
