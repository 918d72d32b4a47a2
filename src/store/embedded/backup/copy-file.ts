// Copies a file and tells its SHA-256. A copy has its name only when it is whole and on stable storage.
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Files } from '../disk/files.ts';

/** Read at a time. */
const CHUNK_BYTES = 1024 * 1024;

/** What is known of a file that was read to its end. */
export interface CopiedFile {
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * Copies `from` to `to`, with the time of its last change; what stood there before is replaced. `bytes`: only so many from its start.
 * Throws the system's error (`ENOENT`: there is no such file), and an error where it is shorter than `bytes`.
 */
export async function copyFile(
  files: Files,
  from: string,
  to: string,
  bytes: number | null = null,
): Promise<CopiedFile> {
  const stat = await files.stat(from);
  const source = await files.openRead(from, { highWaterMark: CHUNK_BYTES });
  const draft = `${to}.copying`;
  const hash = createHash('sha256');
  let length = 0;
  try {
    await files.makeFolder(path.dirname(to));
    await files.removeTree(draft);
    const out = await files.create(draft);
    try {
      for await (const chunk of source as AsyncIterable<Buffer>) {
        const wanted = bytes === null ? chunk : chunk.subarray(0, bytes - length);
        hash.update(wanted);
        length += wanted.length;
        await out.write(wanted);
        if (length === bytes) break;
      }
      if (bytes !== null && length < bytes) throw new Error(`${from} ends before byte ${bytes}`);
      await out.sync();
    } finally {
      await out.close();
    }
    if (stat !== null) await files.setTime(draft, stat.mtimeMs);
    await files.rename(draft, to);
    return { sha256: hash.digest('hex'), bytes: length };
  } catch (error) {
    await files.removeTree(draft).catch(() => undefined);
    throw error;
  } finally {
    source.destroy();
  }
}

/** The SHA-256 and the size of a file. Throws the system's error. */
export async function hashFile(files: Files, file: string): Promise<CopiedFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of (await files.openRead(file, {
    highWaterMark: CHUNK_BYTES,
  })) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { sha256: hash.digest('hex'), bytes };
}

/** Writes a new file, and its folder, to stable storage. `mtimeMs`: when it was last changed, null: now. Throws the system's error, or that of `bytes`. */
export async function writeFile(
  files: Files,
  to: string,
  bytes: AsyncIterable<Uint8Array>,
  mtimeMs: number | null,
): Promise<CopiedFile> {
  const hash = createHash('sha256');
  let length = 0;
  await files.makeFolder(path.dirname(to));
  const out = await files.create(to);
  try {
    for await (const chunk of bytes) {
      hash.update(chunk);
      length += chunk.length;
      await out.write(chunk);
    }
    await out.sync();
  } finally {
    await out.close();
  }
  if (mtimeMs !== null) await files.setTime(to, mtimeMs);
  return { sha256: hash.digest('hex'), bytes: length };
}
