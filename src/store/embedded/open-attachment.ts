// Gives the original bytes of an attachment, wherever they lie: any part of them, or all as a stream.
import path from 'node:path';
import { Readable, pipeline } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createZstdDecompress } from 'node:zlib';
import type { Attachment } from '../../report/report.ts';
import type { Connection } from './database/query.ts';
import type { Files } from './disk/files.ts';
import { reportFolder } from './disk/folder-layout.ts';
import type { Layout } from './disk/folder-layout.ts';
import { memorySource, openFrames, partOf, plainBytes } from './disk/framed-bytes.ts';
import type { OriginalBytes } from './disk/framed-bytes.ts';
import { findAttachment } from './read/find-attachment.ts';
import type { FoundAttachment } from './read/find-attachment.ts';
import { asStorageError, errorCode } from './disk/storage-error.ts';

/** What is needed to read attachments. */
export interface AttachmentParts {
  readonly connection: Connection;
  readonly layout: Layout;
  readonly files: Files;
}

const MAX_ATTEMPTS = 3;

/** The first attachment that `wanted` accepts; null where the report or attachment does not exist (any more). */
export async function openAttachmentBytes(
  parts: AttachmentParts,
  crashId: string,
  wanted: (attachment: Attachment) => boolean,
): Promise<{ readonly info: Attachment; readonly bytes: OriginalBytes } | null> {
  for (let attempt = 1; ; attempt += 1) {
    const found = findAttachment(parts.connection, crashId, wanted);
    if (found === null) return null;
    try {
      return { info: found.info, bytes: await openPlace(parts, crashId, found) };
    } catch (error) {
      // Between the two steps compaction or sealing may have moved it, or its report may be gone: asked again, the rows tell which.
      const isGone = errorCode(error) === 'ENOENT';
      if ((isGone || found.place.kind === 'pack') && attempt < MAX_ATTEMPTS) continue;
      if (isGone) return null;
      throw asStorageError(error, `open attachment ${found.info.name} of ${crashId}`);
    }
  }
}

/** The same as a stream, which releases the file when it ends or is destroyed. */
export async function openAttachment(
  parts: AttachmentParts,
  crashId: string,
  wanted: (attachment: Attachment) => boolean,
): Promise<{ readonly info: Attachment; readonly stream: Readable } | null> {
  const opened = await openAttachmentBytes(parts, crashId, wanted);
  if (opened === null) return null;
  const { info, bytes } = opened;
  const stream = Readable.from(bytes.chunks(), { objectMode: false });
  stream.once('close', () => void bytes.close().catch(() => undefined));
  return { info, stream };
}

async function openPlace(
  { layout, files }: AttachmentParts,
  crashId: string,
  { info, receivedAt, place }: FoundAttachment,
): Promise<OriginalBytes> {
  if (place.kind === 'row') {
    return place.coding === 'raw'
      ? plainBytes(place.bytes)
      : openFrames(memorySource(place.bytes), place.bytes.length, info.size);
  }
  const file =
    place.kind === 'blob'
      ? path.join(layout.blobs, place.file)
      : place.kind === 'pack'
        ? path.join(layout.packs, place.pack)
        : path.join(reportFolder(layout, receivedAt, crashId), place.file);
  if (place.kind === 'file' && place.coding === 'whole') return openWhole(files, file, info.size);
  const whole = await files.openAt(file);
  const source = place.kind === 'pack' ? partOf(whole, place.at, place.stored) : whole;
  try {
    if (place.kind === 'pack' && place.coding === 'raw') {
      const bytes = await source.read(0, place.stored);
      await source.close();
      return plainBytes(bytes);
    }
    return await openFrames(source, place.stored, info.size);
  } catch (error) {
    await source.close().catch(() => undefined);
    throw error;
  }
}

/** A file of an earlier version, compressed as a whole: to be read from its start. */
async function openWhole(files: Files, file: string, size: number): Promise<OriginalBytes> {
  const stream = decompressed(await files.openRead(file));
  let whole: Promise<Buffer> | null = null;
  return {
    size,
    async read(at, length) {
      whole ??= buffer(stream);
      const bytes = await whole;
      return bytes.subarray(Math.max(0, at), Math.max(0, at) + length);
    },
    async *chunks() {
      for await (const chunk of stream as AsyncIterable<Buffer>) yield chunk;
    },
    async close() {
      stream.destroy();
      return Promise.resolve();
    },
  };
}

/** The original bytes of a compressed file; an error of either side reaches the reader. */
export function decompressed(compressed: Readable): Readable {
  const original = createZstdDecompress({ chunkSize: 64 * 1024 });
  // The reader hears of an error from the stream that it reads; there is nothing else to do here.
  pipeline(compressed, original, () => undefined);
  return original;
}
