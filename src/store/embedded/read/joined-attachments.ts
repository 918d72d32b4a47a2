// Attachments that came apart from their report, under the identity that both have.
import type { Attachment, AttachmentKind } from '../../../report/report.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

/** One of them, and where its bytes are. */
export interface JoinedAttachment extends Attachment {
  readonly blobId: number;
  readonly coding: 'raw' | 'frames';
  readonly stored: number;
}

type Row = Omit<JoinedAttachment, 'kind'> & { readonly kind: AttachmentKind };

const select = query<[identity: Uint8Array], Row>(`
  SELECT blob_id AS blobId, opened(name, 'joined_attachments.name') AS name, kind,
    opened(filename, 'joined_attachments.filename') AS filename, content_type AS contentType, size, sha256, coding, stored
  FROM joined_attachments WHERE identity = ? ORDER BY blob_id`);

/** What has been joined to an identity, in the order of arrival, under the names as they came. */
export function joinedAttachments(connection: Connection, identity: Uint8Array): readonly JoinedAttachment[] {
  return select(connection).all(identity);
}

/** The same with names that neither `taken` nor each other have: those of the report itself stay as they are. */
export function besides(
  joined: readonly JoinedAttachment[],
  taken: readonly Attachment[],
): readonly JoinedAttachment[] {
  const names = new Set(taken.map(({ name }) => name));
  return joined.map((attachment) => {
    let { name } = attachment;
    for (let number = 2; names.has(name); number += 1) name = `${number}-${attachment.name}`;
    names.add(name);
    return name === attachment.name ? attachment : { ...attachment, name };
  });
}

const blobOf = query<[id: number], { readonly file: string | null; readonly data: Buffer | null }>(`
  SELECT file, opened(data, 'blobs.data') AS data FROM blobs WHERE id = ?`);

/** Where the bytes of a blob are; null: it is gone. */
export function blobPlace(
  connection: Connection,
  id: number,
): { readonly file: string | null; readonly data: Buffer | null } | null {
  return blobOf(connection).get(id) ?? null;
}
