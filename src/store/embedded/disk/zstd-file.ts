// A large file of symbols on its way to the disk: hashed, compressed and written as it streams in, in bounded memory.
import { createHash } from 'node:crypto';
import { createZstdCompress } from 'node:zlib';
import type { ZstdOptions } from 'node:zlib';
import { releaseMemory } from '../../../base/release-chunk.ts';
import type { Files, OutFile } from './files.ts';

/** A compressed file being written. */
export interface ZstdFile {
  /** Resolves when the chunk was taken in and may be reused. Rejects when the disk refused. */
  write(chunk: Uint8Array): Promise<void>;
  /** Ends the frame. Gives size and hash of the original. */
  end(): Promise<{ readonly size: number; readonly sha256: string }>;
  /**
   * Called once after `end`: makes the bytes durable, closes the file and gives the disk space that it takes. `record` is appended
   * before (record-frame.ts).
   */
  syncAndClose(record?: Uint8Array): Promise<number>;
  /** Gives up: closes the file. Never throws. */
  abandon(): Promise<void>;
}

/** Creates the file and its compressor. */
export async function createZstdFile(
  files: Files,
  file: string,
  parameters: ZstdOptions & { readonly chunkSize: number },
): Promise<ZstdFile> {
  const out = await files.create(file);
  const hash = createHash('sha256');
  const zstd = createZstdCompress(parameters);
  let size = 0;
  let closed = false;

  const pump = (async () => {
    for await (const chunk of zstd as AsyncIterable<Buffer>) {
      await out.write(chunk);
      // The compressor fills a buffer piece by piece and takes another one when it is full: then all of its pieces are written.
      // One that shares its memory with others, as small ones do, is left alone.
      const { byteLength } = chunk.buffer;
      if (byteLength === parameters.chunkSize && chunk.byteOffset + chunk.length === byteLength)
        releaseMemory(chunk);
    }
  })();
  // A failure is told by the write that waits, the next one, or end; it must not count as unhandled before.
  let failure: { readonly error: unknown } | null = null;
  let rejectWaiting: ((error: unknown) => void) | null = null;
  pump.catch((error: unknown) => {
    failure = { error };
    rejectWaiting?.(error);
  });

  return {
    write(chunk) {
      size += chunk.length;
      return new Promise<void>((resolve, reject) => {
        if (failure !== null) {
          reject(failure.error);
          return;
        }
        rejectWaiting = reject;
        zstd.write(chunk, (error) => (error ? reject(failure?.error ?? error) : resolve()));
        // While another thread compresses the chunk, it is hashed here.
        hash.update(chunk);
      });
    },
    async end() {
      zstd.end();
      await pump;
      return { size, sha256: hash.digest('hex') };
    },
    async syncAndClose(record) {
      if (record !== undefined) await out.write(record);
      const diskBytes = await out.sync();
      await close(out);
      return diskBytes;
    },
    async abandon() {
      zstd.destroy();
      await pump.catch(() => undefined);
      await close(out).catch(() => undefined);
    },
  };

  async function close(handle: OutFile): Promise<void> {
    if (closed) return;
    closed = true;
    await handle.close();
  }
}
