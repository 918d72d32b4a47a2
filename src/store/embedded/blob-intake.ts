// Takes in one of CrashKit's blobs: small ones into the database, large ones into a file with a name of its own, so that two
// clients who send the same blob at once never touch each other's file; the row decides whose is kept.
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { createSink } from './attachment-sink.ts';
import type { StoreParts } from './store-parts.ts';
import { asStorageError } from './disk/storage-error.ts';
import { sealingKeyOf } from './sealed/unlocked-keys.ts';
import { WriteFailed } from './thread/writer-client.ts';
import { createFrameFile } from './disk/frame-file.ts';
import type { FrameFile } from './disk/frame-file.ts';
import type { Packing } from './packing/packing-pool.ts';

/** What takes at most so much as it is stored goes into the database. */
const ROW_BYTES = 64 * 1024;

/** The blob to be stored. */
export interface BlobName {
  readonly account: string;
  readonly product: string;
  readonly hash: string;
}

interface Taken {
  readonly size: number;
  readonly fileBytes: number;
  readonly data: Uint8Array | null;
}

/**
 * Durable when it resolves. A hash already stored keeps its content. Throws `StorageError`, and what `body` throws; then
 * nothing is left behind but what the sweep removes.
 */
export async function takeBlob(
  parts: StoreParts,
  name: BlobName,
  body: AsyncIterable<Uint8Array>,
): Promise<void> {
  const { files, layout, writer, pool } = parts;
  const id = randomBytes(16).toString('hex');
  const folder = path.join(layout.incoming, id);
  const opened: FrameFile[] = [];
  let spilled = false;
  const kept: Taken[] = [];
  let packing: Packing | null = null;
  const sink = createSink(
    { name: 'blob', kind: 'file', filename: null, contentType: null },
    {
      pool,
      key: sealingKeyOf(layout.database),
      mayHold: (bytes, held) => held + bytes <= ROW_BYTES,
      async openFile() {
        spilled = true;
        await files.makeFolder(folder);
        const file = await createFrameFile(files, path.join(folder, 'blob.zst'));
        opened.push(file);
        return file;
      },
      packing: (started) => (packing = started),
      keep: ({ size }, what) =>
        kept.push({ size, fileBytes: 0, data: 'file' in what ? null : Buffer.concat(what.parts) }),
    },
  );
  try {
    for await (const chunk of body) await sink.write(chunk);
    await sink.end();
    let fileBytes = 0;
    for (const file of opened) fileBytes += await place(parts, file, id);
    for (const taken of kept)
      await storeRow({ ...name, ...taken, fileBytes, file: opened.length === 0 ? null : `${id}.zst` });
  } finally {
    (packing as Packing | null)?.drop();
    await Promise.all(opened.map((file) => file.abandon()));
    if (spilled) await files.removeTree(folder).catch(() => undefined);
  }

  async function storeRow(blob: BlobName & Taken & { readonly file: string | null }): Promise<void> {
    let stored = false;
    try {
      stored = await writer.write('putBlob', [blob], {
        rows: 512 + (blob.data?.length ?? 0),
        files: blob.fileBytes,
      });
    } catch (error) {
      // Where the row may have been stored after all, the file must stay.
      if (error instanceof WriteFailed && !error.certain) throw error;
      await removePlaced();
      throw error;
    }
    if (!stored) await removePlaced();
  }

  async function removePlaced(): Promise<void> {
    await files.removeTree(path.join(layout.blobs, `${id}.zst`)).catch(() => undefined);
  }
}

/** Makes a blob's file durable and gives it its final place. */
async function place({ files, layout }: StoreParts, file: FrameFile, id: string): Promise<number> {
  try {
    const fileBytes = await file.syncAndClose();
    await files.rename(path.join(layout.incoming, id, 'blob.zst'), path.join(layout.blobs, `${id}.zst`));
    await files.syncFolder(layout.blobs);
    return fileBytes;
  } catch (error) {
    throw asStorageError(error, 'keep a blob');
  }
}
