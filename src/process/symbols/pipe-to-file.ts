// Writes a stream into a file, and settles only when the file is closed: one that is ended while it is being opened would appear again after it
// was removed.
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
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
  options: PipeOptions = {},
): Promise<void> {
  let written: Promise<void> | null = null;
  try {
    // It listens to the source from the start, also while the file is being opened.
    await pipeline(
      source,
      (chunks: AsyncIterable<Uint8Array>) => (written = writeChunks(chunks, file, options)),
    );
  } finally {
    // What went wrong in it has been told.
    await (written as Promise<void> | null)?.catch(() => undefined);
  }
}

async function writeChunks(
  chunks: AsyncIterable<Uint8Array>,
  file: string,
  { flags = 'w', mode = 0o666, handsOver = false }: PipeOptions,
): Promise<void> {
  const target = await open(file, flags, mode);
  try {
    for await (const chunk of chunks) {
      for (let done = 0; done < chunk.length;) {
        done += (await target.write(chunk, done, chunk.length - done)).bytesWritten;
      }
      if (handsOver) releaseChunk(chunk);
    }
  } finally {
    await target.close();
  }
}
