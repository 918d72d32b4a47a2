// Writes a stream into a file, and settles only when the file is closed: one that is ended while it is being opened would appear again after it
// was removed.
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/** Rejects with what went wrong in the source or the file; the file is the caller's to remove then. `flags`: as of `open(2)`, default `w`. */
export async function pipeToFile(
  source: AsyncIterable<Uint8Array>,
  file: string,
  { flags = 'w', mode = 0o666 }: { readonly flags?: 'w' | 'a'; readonly mode?: number } = {},
): Promise<void> {
  const target = createWriteStream(file, { flags, mode });
  try {
    await pipeline(source, target);
  } finally {
    if (!target.closed) await new Promise<void>((resolve) => target.once('close', () => resolve()));
  }
}
