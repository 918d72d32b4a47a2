// Whether bytes that were found are those of a report: each attachment's SHA-256 stands in its row.
import { attachmentsFromJson, isInRow } from '../../shared/attachment-json.ts';
import type { StoredAttachment } from '../../shared/attachment-json.ts';
import { decompressSmall } from '../disk/small-zstd.ts';
import { isOriginalOf } from '../disk/stored-original.ts';

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
  const { coding, size, stored = 0 } = attachment;
  const offset = attachment.offset ?? 0;
  if (coding !== undefined) return isOriginalOf(data.subarray(offset, offset + stored), attachment);
  try {
    // Earlier versions compressed all of them together.
    return isOriginalOf(early().subarray(offset, offset + size), { ...attachment, coding: 'raw' });
  } catch {
    return false;
  }
}
