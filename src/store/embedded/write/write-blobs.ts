// CrashKit's blobs: the writes. A blob's file, if it has one, already lies durably in its final place.
import { query } from '../database/query.ts';
import { ROW_BYTES, tallyStored } from '../transaction/write-context.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { requireProductId } from '../transaction/product-rows.ts';

const insertBlob = query<
  [
    productId: number,
    hash: string,
    at: number,
    size: number,
    file: string | null,
    fileBytes: number,
    data: Uint8Array | null,
  ]
>(`
  INSERT INTO blobs (product_id, hash, created_at, size, file, file_bytes, data) VALUES (?, ?, ?, ?, ?, ?, sealed(?, 'blobs.data'))
  ON CONFLICT (product_id, hash) DO NOTHING`);

const fileOfBlob = query<[productId: number, hash: string], string | null>(`
  SELECT file FROM blobs WHERE product_id = ? AND hash = ?`);

/** A blob on its way to the writer thread. */
export interface NewBlob {
  readonly account: string;
  readonly product: string;
  readonly hash: string;
  readonly size: number;
  /** The name of its file under blobs/; null: the bytes are in `data`. */
  readonly file: string | null;
  readonly fileBytes: number;
  /** The bytes of a blob that is small as it is stored: as they came below 2 KiB, else in frames. */
  readonly data: Uint8Array | null;
}

/** False: the product has this hash already and nothing was stored. */
export function putBlob(context: WriteContext, blob: NewBlob): boolean {
  const productId = requireProductId(context, blob.account, blob.product);
  const { changes } = insertBlob(context.connection).run(
    productId,
    blob.hash,
    Date.now(),
    blob.size,
    blob.file,
    blob.fileBytes,
    blob.data,
  );
  if (changes > 0) {
    tallyStored(context.tally, productId, blob.fileBytes + (blob.data?.length ?? 0) + ROW_BYTES);
    context.tally.blobFileBytes += blob.fileBytes;
    return true;
  }
  // Asked twice for the same file, the answer is the same: it is owned.
  return blob.file !== null && fileOfBlob(context.connection).pluck().get(productId, blob.hash) === blob.file;
}
