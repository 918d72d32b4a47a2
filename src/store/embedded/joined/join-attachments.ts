// Attachments without a report: kept under the identity of the report that they belong to, which is stored or may come. What the
// report itself holds, or was joined before, is not kept twice; what changes how the report is understood queues it again.
import type { Attachment } from '../../../report/report.ts';
import { attachmentsFromJson } from '../../shared/attachment-json.ts';
import { query } from '../database/query.ts';
import { requeueReports } from '../queue/requeue.ts';
import { joinedAttachments } from '../read/joined-attachments.ts';
import { requireProductId } from '../transaction/product-rows.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { DOOMED_BLOB, removeBlob } from '../write/remove-blob.ts';
import type { DoomedBlob } from '../write/remove-blob.ts';
import { putBlob } from '../write/write-blobs.ts';

/** So many of one identity … */
const MAX_OF_IDENTITY = 100;
/** … and of one product, joined or waiting: then the oldest go. */
const MAX_OF_PRODUCT = 10_000;
const WAITING_MS = 30 * 24 * 60 * 60 * 1000;
const FORGOTTEN_AT_ONCE = 500;

/** An attachment on its way; its file, if it has one, lies durably in its final place. */
export interface JoiningAttachment extends Attachment {
  readonly coding: 'raw' | 'frames';
  readonly stored: number;
  readonly file: string | null;
  readonly fileBytes: number;
  readonly data: Uint8Array | null;
}

const reportOf = query<[identity: Uint8Array], { readonly crashId: string; readonly attachments: string }>(`
  SELECT crash_id AS crashId, opened(attachments, 'reports.attachments') AS attachments FROM reports WHERE identity = ?`);
const blobByHash = query<[productId: number, hash: string], { readonly id: number }>(`
  SELECT id FROM blobs WHERE product_id = ? AND hash = ?`);
const insert = query<unknown[]>(`
  INSERT OR IGNORE INTO joined_attachments
    (blob_id, product_id, identity, name, kind, filename, content_type, size, sha256, coding, stored)
  VALUES (?, ?, ?, sealed(?, 'joined_attachments.name'), ?, sealed(?, 'joined_attachments.filename'), ?, ?, ?, ?, ?)`);
const beyond = query<[productId: number, productId2: number, keep: number], DoomedBlob>(`
  SELECT ${DOOMED_BLOB} FROM joined_attachments JOIN blobs ON blobs.id = joined_attachments.blob_id
  WHERE joined_attachments.product_id = ? AND blob_id <= (
    SELECT blob_id FROM joined_attachments WHERE product_id = ? ORDER BY blob_id DESC LIMIT 1 OFFSET ?)`);

/** Gives the files that now belong to a row; others are the caller's to remove. */
export function joinAttachments(
  context: WriteContext,
  {
    account,
    product,
    identity,
    now,
  }: {
    readonly account: string;
    readonly product: string;
    readonly identity: Uint8Array;
    readonly now: number;
  },
  attachments: readonly JoiningAttachment[],
): readonly string[] {
  const { connection } = context;
  const productId = requireProductId(context, account, product);
  const report = reportOf(connection).get(identity);
  const own: readonly Attachment[] = report === undefined ? [] : attachmentsFromJson(report.attachments);
  const joined: Attachment[] = [...joinedAttachments(connection, identity)];
  const files: string[] = [];
  let tellsMore = false;
  for (const attachment of attachments) {
    const isKnown = [...own, ...joined].some(
      ({ name, kind, sha256 }) =>
        (name === attachment.name && sha256 === attachment.sha256) ||
        // An event is told once: the first is the one that counts.
        (kind === 'payload' && attachment.kind === 'payload'),
    );
    if (isKnown || joined.length >= MAX_OF_IDENTITY) continue;
    const hash = `joined:${Buffer.from(identity).toString('hex')}:${attachment.name}:${attachment.sha256}`;
    const { size, file, fileBytes, data } = attachment;
    if (!putBlob(context, { account, product, hash, size, file, fileBytes, data })) continue;
    const blob = blobByHash(connection).get(productId, hash);
    if (blob === undefined) continue;
    const { name, kind, filename, contentType, sha256, coding, stored } = attachment;
    insert(connection).run(
      blob.id,
      productId,
      identity,
      name,
      kind,
      filename,
      contentType,
      size,
      sha256,
      coding,
      stored,
    );
    joined.push(attachment);
    if (file !== null) files.push(file);
    tellsMore ||= kind !== 'file';
  }
  for (const blob of beyond(connection).all(productId, productId, MAX_OF_PRODUCT)) removeBlob(context, blob);
  if (report !== undefined && tellsMore) requeueReports(context, [report.crashId], now);
  return files;
}

const waitedInVain = query<[before: number, limit: number], DoomedBlob>(`
  SELECT ${DOOMED_BLOB} FROM joined_attachments JOIN blobs ON blobs.id = joined_attachments.blob_id
  WHERE blobs.created_at < ? AND NOT EXISTS (SELECT 1 FROM reports WHERE reports.identity = joined_attachments.identity)
  LIMIT ?`);

/** Forgets what has waited for its report for a month. */
export function forgetWaiting(context: WriteContext, now: number): void {
  for (const blob of waitedInVain(context.connection).all(now - WAITING_MS, FORGOTTEN_AT_ONCE))
    removeBlob(context, blob);
}
