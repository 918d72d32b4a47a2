// Unpacks a stream of symbols: plain, gzip or zstd, told by its first bytes, whatever its name.
import { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';

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

/** A text that is being unpacked. */
export interface Unpacked {
  /** Destroying it destroys the source. */
  readonly text: Readable;
  readonly packing: Packing;
  /** Bytes of the source so far. */
  readonly taken: () => number;
}

/** Starts unpacking; rejects as the source does. */
export async function unpacked(source: Readable): Promise<Unpacked> {
  // A damaged stream can fail more than once; whoever reads it hears of the first time.
  source.on('error', forget);
  const iterator = source[Symbol.asyncIterator]();
  let start: Buffer = Buffer.alloc(0);
  while (start.length < MAGIC_BYTES) {
    const { done, value } = (await iterator.next()) as IteratorResult<Buffer, undefined>;
    if (done === true) break;
    start = Buffer.concat([start, value]);
  }
  let taken = 0;
  async function* whole(): AsyncGenerator<Buffer> {
    try {
      taken += start.length;
      yield start;
      for (;;) {
        const { done, value } = (await iterator.next()) as IteratorResult<Buffer, undefined>;
        if (done === true) return;
        taken += value.length;
        yield value;
      }
    } finally {
      source.destroy();
    }
  }
  const packing = packingOf(start);
  const raw = Readable.from(whole(), { objectMode: false });
  const decoder = packing === 'gzip' ? createGunzip() : packing === 'zstd' ? createZstdDecompress() : null;
  if (decoder === null) return { text: raw, packing, taken: () => taken };
  raw.on('error', (error) => decoder.destroy(error));
  decoder.on('error', forget);
  decoder.on('close', () => {
    raw.destroy();
    source.destroy();
  });
  return { text: raw.pipe(decoder), packing, taken: () => taken };
}

function forget(): void {}
