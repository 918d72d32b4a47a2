// A blob goes: its row now, its file once that is durable. Attachments that were joined to a report are blobs and go with it.
import path from 'node:path';
import { query } from '../database/query.ts';
import { noteRemoval } from '../transaction/note-removal.ts';
import { ROW_BYTES, tallyStored } from '../transaction/write-context.ts';
import type { WriteContext } from '../transaction/write-context.ts';

/** What has to be known of a blob to remove it. */
export interface DoomedBlob {
  readonly id: number;
  readonly productId: number;
  readonly createdAt: number;
  readonly file: string | null;
  readonly fileBytes: number;
  readonly dataBytes: number;
}

/** Its columns. */
export const DOOMED_BLOB = `
  blobs.id, blobs.product_id AS productId, blobs.created_at AS createdAt, blobs.file, blobs.file_bytes AS fileBytes,
  ifnull(length(opened(blobs.data, 'blobs.data')), 0) AS dataBytes`;

const deleteBlob = query<[id: number]>(`DELETE FROM blobs WHERE id = ?`);

/** Gives about how many bytes that frees; one that is gone already frees none. */
export function removeBlob(context: WriteContext, blob: DoomedBlob): number {
  const { connection, layout, tally } = context;
  if (deleteBlob(connection).run(blob.id).changes === 0) return 0;
  tally.blobFileBytes -= blob.fileBytes;
  tallyStored(tally, blob.productId, -(blob.fileBytes + blob.dataBytes + ROW_BYTES));
  if (blob.file !== null) noteRemoval(context, path.join(layout.blobs, blob.file), blob.fileBytes);
  return blob.fileBytes + blob.dataBytes + ROW_BYTES;
}

const joinedOf = query<[reportId: number], DoomedBlob>(`
  SELECT ${DOOMED_BLOB}
  FROM reports JOIN joined_attachments ON joined_attachments.identity = reports.identity
  JOIN blobs ON blobs.id = joined_attachments.blob_id
  WHERE reports.id = ?`);

/** Removes what was joined to a report, which is still there. */
export function removeJoined(context: WriteContext, reportId: number): void {
  for (const blob of joinedOf(context.connection).all(reportId)) removeBlob(context, blob);
}
