// A stream of symbols, packed or not, into a text file of bounded size.
import type { Readable } from 'node:stream';
import { SymbolTextEncoding } from '../../formats/symbols/text-encoding.ts';
import { pipeToFile } from './pipe-to-file.ts';
import { SymbolsRefused } from './symbols-refused.ts';
import { unpacked } from './unpacked.ts';

/** How often larger than its source a text may be; small texts may be anything. */
const MAX_RATIO = 200;
const RATIO_FREE_BYTES = 16 * 1024 * 1024;
const CHECK_SPACE_BYTES = 64 * 1024 * 1024;

/** Bounds of one text. */
export type DecodeLimits = {
  readonly maxBytes: number;
  /** Rejects where the disk has no room for what comes. */
  readonly checkSpace: () => Promise<void>;
};

/** Writes the text to `target`; gives its size. Rejects with `SymbolsRefused`, or as the disk fails. */
export async function decodeSymbols(source: Readable, target: string, limits: DecodeLimits): Promise<number> {
  let total = 0;
  try {
    const { text, taken } = await unpacked(source);
    async function* checked(decoded: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
      const encoding = new SymbolTextEncoding();
      let nextCheck = CHECK_SPACE_BYTES;
      for await (const chunk of decoded) {
        total += chunk.length;
        if (total > limits.maxBytes) throw new SymbolsRefused('text_too_large');
        if (total > RATIO_FREE_BYTES && total > taken() * MAX_RATIO) {
          throw new SymbolsRefused('compression_ratio');
        }
        if (total > nextCheck) {
          await limits.checkSpace();
          nextCheck = total + CHECK_SPACE_BYTES;
        }
        yield encoding.write(chunk);
      }
      yield encoding.end();
    }
    await pipeToFile(checked(text), target, { handsOver: true });
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
  if (code.startsWith('Z_') || code.startsWith('ZSTD_') || code.startsWith('ERR_ZLIB')) {
    return new SymbolsRefused('bad_compression');
  }
  if (code === 'ENOSPC') return new SymbolsRefused('no_space');
  return error;
}
