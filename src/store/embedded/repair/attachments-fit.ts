// Whether bytes that were found are those of a report: each attachment's SHA-256 stands in its row.
import { createHash } from 'node:crypto';
import { attachmentsFromJson, isInRow } from '../../shared/attachment-json.ts';
import type { StoredAttachment } from '../../shared/attachment-json.ts';
import { decodeFrame, frameCount, readSeekTable, seekTableBytes } from '../disk/seekable-zstd.ts';
import { decompressSmall } from '../disk/small-zstd.ts';

/** Whether all are; `data` and `compressed` are those of a row of report_data. */
export function attachmentsFit(attachmentsJson: string, compressed: number, data: Buffer): boolean {
  const damaged = damagedAttachments(attachmentsJson, compressed, data);
  return damaged !== null && damaged.length === 0;
}

/** The names of those that are not what they were; null: the row tells of none, or cannot be read. */
export function damagedAttachments(
  attachmentsJson: string,
  compressed: number,
  data: Buffer,
): readonly string[] | null {
  try {
    const inRow = attachmentsFromJson(attachmentsJson).filter(isInRow);
    const total = inRow.reduce((sum, { size }) => sum + size, 0);
    if (inRow.length === 0) return null;
    const early = (): Buffer => (compressed === 1 ? decompressSmall(data, total) : data);
    return inRow.filter((attachment) => !isOriginal(attachment, data, early)).map(({ name }) => name);
  } catch {
    return null;
  }
}

function isOriginal(attachment: StoredAttachment, data: Buffer, early: () => Buffer): boolean {
  try {
    return (
      createHash('sha256')
        .update(originalOf(attachment, data, early))
        .digest('hex') === attachment.sha256
    );
  } catch {
    // What cannot be decoded is not what was stored.
    return false;
  }
}

function originalOf(attachment: StoredAttachment, data: Buffer, early: () => Buffer): Buffer {
  const { coding, size, stored = 0 } = attachment;
  const offset = attachment.offset ?? 0;
  const bytes = data.subarray(offset, offset + stored);
  if (size === 0) return Buffer.alloc(0);
  // Earlier versions compressed all of them together.
  if (coding === undefined) return early().subarray(offset, offset + size);
  return coding === 'raw' ? bytes : decodeFrames(bytes, size);
}

function decodeFrames(stored: Buffer, size: number): Buffer {
  const tableBytes = seekTableBytes(frameCount(size));
  if (tableBytes === 0) return decodeFrame(stored, size);
  let at = 0;
  return Buffer.concat(
    readSeekTable(stored.subarray(-tableBytes), size).map((length) => {
      at += length;
      return decodeFrame(stored.subarray(at - length, at), size);
    }),
  );
}
