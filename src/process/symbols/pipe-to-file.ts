// Writes a stream into a file, and settles only when the file is closed: one that is ended while it is being opened would appear again after it
// was removed.
import { type FileHandle, open } from 'node:fs/promises';
import { releaseChunk } from '../../base/release-chunk.ts';

/** How a file is written. */
export type PipeOptions = {
  /** As of `open(2)`. */
  readonly flags?: 'w' | 'a';
  readonly mode?: number;
  /** The source hands its chunks over: their memory is given back as soon as they are written. Default: they stay the source's. */
  readonly handsOver?: boolean;
};

/** Rejects with what went wrong in the source or the file; the file is the caller's to remove then. */
export async function pipeToFile(
  source: AsyncIterable<Uint8Array>,
  file: string,
  { flags = 'w', mode = 0o666, handsOver = false }: PipeOptions = {},
): Promise<void> {
  const chunks = source[Symbol.asyncIterator]();
  // Asked for before the file is open: a source may fail meanwhile, and only who waits for a chunk hears of it.
  const first = chunks.next();
  first.catch(() => undefined);
  let target: FileHandle | null = null;
  try {
    target = await open(file, flags, mode);
    for (let next = await first; next.done !== true; next = await chunks.next()) {
      const chunk = next.value;
      for (let done = 0; done < chunk.length;) {
        done += (await target.write(chunk, done, chunk.length - done)).bytesWritten;
      }
      if (handsOver) releaseChunk(chunk);
    }
  } finally {
    await target?.close();
    // Not waited for: it waits for its chunk, and nobody will take that.
    chunks.return?.().catch(() => undefined);
  }
}
