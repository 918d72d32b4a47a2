// How a report's attachments stand in its row.
import type { Attachment } from '../../report/report.ts';

/**
 * An attachment and where its bytes are: in `report_data` from `offset` on, in the report's entry of a pack
 * (`packed`), or (null) in a file of the report's folder.
 * Without a `coding` it was stored by an earlier version: compressed together with the others in `report_data`, or alone as one
 * zstd frame in its file.
 */
export interface StoredAttachment extends Attachment {
  readonly offset: number | null;
  /** As it came, or in the frames of disk/seekable-zstd.ts. */
  readonly coding?: 'raw' | 'frames';
  /** Whether `offset` counts from the body of the report's entry in a pack. */
  readonly packed?: true;
  /** Bytes that it takes where it lies. */
  readonly stored?: number;
  /** The name of its file, where that is not made of its own: it was written anew (write/seal-files.ts). */
  readonly file?: string;
}

/** Whether an attachment has its bytes in a file of its report's folder. */
export function isInFile({ offset, size }: StoredAttachment): boolean {
  return offset === null && size > 0;
}

/** Whether an attachment has its bytes in `report_data`. */
export function isInRow({ offset, packed, size }: StoredAttachment): boolean {
  return offset !== null && packed !== true && size > 0;
}

/** The text that `reports.attachments` holds. */
export function attachmentsToJson(attachments: readonly StoredAttachment[]): string {
  return JSON.stringify(attachments);
}

/** The inverse; the text is our own, written by the function above. */
export function attachmentsFromJson(text: string): readonly StoredAttachment[] {
  return JSON.parse(text) as readonly StoredAttachment[];
}

/** What the contract shows of a stored attachment. */
export function withoutPlace(stored: StoredAttachment): Attachment {
  const { name, kind, filename, contentType, size, sha256 } = stored;
  return { name, kind, filename, contentType, size, sha256 };
}
