// Pieces of uploads that come in pieces, by the SHA-1 of their bytes: files in the scratch folder, forgotten after a day. Whoever knows
// the hash may have them joined; a file that is made of them has a hash of its own, which is checked.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rename, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { pipeToFile } from './pipe-to-file.ts';
import type { Scratch } from './scratch.ts';
import { SymbolsRefused } from './symbols-refused.ts';

/** Bytes of one piece, unpacked: what clients are told to send at most. */
export const CHUNK_BYTES = 8 * 1024 * 1024;

const SHA1 = /^[0-9a-f]{40}$/;

/** Pieces under way. */
export class ChunkStore {
  readonly #scratch: Scratch;

  constructor(scratch: Scratch) {
    this.#scratch = scratch;
  }

  /** Whether a text is a hash as clients write it. */
  static isHash(text: string): boolean {
    return SHA1.test(text);
  }

  /** Takes a received piece; the file stays the caller's. Rejects with `SymbolsRefused` where it is not what its name says. */
  async put(hash: string, file: string, isZipped: boolean): Promise<void> {
    if (!SHA1.test(hash)) throw new SymbolsRefused('bad_chunk', '(its file name is no SHA-1)');
    await this.#scratch.withFile(async (plain) => {
      const sum = createHash('sha1');
      let bytes = 0;
      const counted = async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
        for await (const chunk of source) {
          bytes += chunk.length;
          if (bytes > CHUNK_BYTES)
            throw new SymbolsRefused('bad_chunk', `(it has more than ${CHUNK_BYTES} bytes)`);
          sum.update(chunk);
          yield chunk;
        }
      };
      const source = createReadStream(file);
      try {
        const write = (bytes: AsyncIterable<Buffer>): Promise<void> =>
          pipeToFile(counted(bytes), plain, { mode: 0o600 });
        await (isZipped ? pipeline(source, createGunzip(), write) : write(source));
      } catch (error) {
        if (error instanceof SymbolsRefused) throw error;
        if ((error as NodeJS.ErrnoException).code?.startsWith('Z_') === true)
          throw new SymbolsRefused('bad_compression');
        throw error;
      }
      if (sum.digest('hex') !== hash)
        throw new SymbolsRefused('bad_chunk', '(its SHA-1 is not that of its name)');
      await rename(plain, await this.#path(hash));
    });
  }

  /** Those that are not there. */
  async missing(hashes: readonly string[]): Promise<readonly string[]> {
    const missing: string[] = [];
    for (const hash of new Set(hashes)) if ((await this.#size(hash)) === null) missing.push(hash);
    return missing;
  }

  /** Bytes of all of them together. */
  async bytes(hashes: readonly string[]): Promise<number> {
    let bytes = 0;
    for (const hash of hashes) bytes += (await this.#size(hash)) ?? 0;
    return bytes;
  }

  /** Joins pieces into a file for as long as `work` takes; its SHA-1 must be `hash`. */
  async withJoined<T>(
    hash: string,
    chunks: readonly string[],
    work: (file: string) => Promise<T>,
  ): Promise<T> {
    await this.#scratch.checkSpace(await this.bytes(chunks));
    return this.#scratch.withFile(async (file) => {
      const sum = createHash('sha1');
      for (const chunk of chunks) {
        const hashed = async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
          for await (const part of source) {
            sum.update(part);
            yield part;
          }
        };
        const piece = createReadStream(await this.#path(chunk));
        await pipeToFile(hashed(piece), file, { flags: 'a', mode: 0o600 });
      }
      if (sum.digest('hex') !== hash)
        throw new SymbolsRefused('bad_chunk', '(the file that they make has another SHA-1)');
      return work(file);
    });
  }

  /** They have done their duty. */
  async forget(hashes: readonly string[]): Promise<void> {
    for (const hash of new Set(hashes)) await this.#scratch.remove(await this.#path(hash));
  }

  async #size(hash: string): Promise<number | null> {
    const found = await stat(await this.#path(hash)).catch(() => null);
    return found?.size ?? null;
  }

  async #path(hash: string): Promise<string> {
    return this.#scratch.namedFile(`chunk-${hash}`);
  }
}
