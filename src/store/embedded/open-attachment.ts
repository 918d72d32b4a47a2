// Gives the original bytes of an attachment as a stream, wherever they lie.
import path from 'node:path';
import { Readable, pipeline } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';
import type { Attachment } from '../../report/report.ts';
import type { Connection } from './database/query.ts';
import type { Files } from './disk/files.ts';
import { attachmentFile, reportFolder } from './disk/folder-layout.ts';
import type { Layout } from './disk/folder-layout.ts';
import { findAttachment } from './read/find-attachment.ts';
import { asStorageError, errorCode } from './disk/storage-error.ts';

/** What is needed to read attachments. */
export interface AttachmentParts {
  readonly connection: Connection;
  readonly layout: Layout;
  readonly files: Files;
}

/** The first attachment that `wanted` accepts; null where the report or attachment does not exist (any more). */
export async function openAttachment(
  { connection, layout, files }: AttachmentParts,
  crashId: string,
  wanted: (attachment: Attachment) => boolean,
): Promise<{ readonly info: Attachment; readonly stream: Readable } | null> {
  const found = findAttachment(connection, crashId, wanted);
  if (found === null) return null;
  const { info, receivedAt, data } = found;
  if (data !== null) return { info, stream: Readable.from([data], { objectMode: false }) };
  const file = path.join(reportFolder(layout, receivedAt, crashId), attachmentFile(info.name));
  try {
    return { info, stream: decompressed(await files.openRead(file)) };
  } catch (error) {
    // Pruned between the two steps.
    if (errorCode(error) === 'ENOENT') return null;
    throw asStorageError(error, `open attachment ${info.name} of ${crashId}`);
  }
}

/** The original bytes of a compressed file; an error of either side reaches the reader. */
export function decompressed(compressed: Readable): Readable {
  const original = createZstdDecompress({ chunkSize: 64 * 1024 });
  // The reader hears of an error from the stream that it reads; there is nothing else to do here.
  pipeline(compressed, original, () => undefined);
  return original;
}
