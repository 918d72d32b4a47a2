// Where the bytes of an attachment are, and those of small ones themselves.
import type { Attachment } from '../../../report/report.ts';
import { attachmentsFromJson, withoutPlace } from '../../shared/attachment-json.ts';
import type { StoredAttachment } from '../../shared/attachment-json.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { besides, blobPlace, joinedAttachments } from './joined-attachments.ts';
import { attachmentFile } from '../disk/folder-layout.ts';
import { PACK_HEAD_BYTES } from '../disk/pack-format.ts';
import { decompressSmall } from '../disk/small-zstd.ts';

const attachmentsOf = query<
  [crashId: string],
  { id: number; receivedAt: number; attachments: string; identity: Uint8Array | null }
>(`
  SELECT id, received_at AS receivedAt, opened(attachments, 'reports.attachments') AS attachments, identity FROM reports WHERE crash_id = ?`);

const dataOf = query<[reportId: number], { compressed: number; data: Buffer }>(`
  SELECT compressed, opened(data, 'report_data.data') AS data FROM report_data WHERE report_id = ?`);

const entryOf = query<[reportId: number], { name: string; at: number }>(`
  SELECT packs.name, report_packs.at FROM report_packs JOIN packs ON packs.id = report_packs.pack_id
  WHERE report_packs.report_id = ?`);

/** An attachment, and where its bytes are. */
export interface FoundAttachment {
  readonly info: Attachment;
  readonly receivedAt: number;
  readonly place: AttachmentPlace;
}

/**
 * `row`: here, as they came or in frames; `file`: in a file of the report's folder, in frames or (`whole`) as one zstd frame;
 * `blob`: in a file under blobs/, in frames; `pack`: from a place of a pack on, in frames (an earlier version left small ones as they came).
 */
export type AttachmentPlace =
  | { readonly kind: 'row'; readonly coding: 'raw' | 'frames'; readonly bytes: Buffer }
  | {
      readonly kind: 'pack';
      readonly coding: 'raw' | 'frames';
      readonly pack: string;
      readonly at: number;
      readonly stored: number;
    }
  | { readonly kind: 'blob'; readonly file: string; readonly stored: number }
  | { readonly kind: 'file'; readonly coding: 'whole'; readonly file: string }
  | { readonly kind: 'file'; readonly coding: 'frames'; readonly file: string; readonly stored: number };

/** The attachment with this name, or the first that `wanted` accepts; null where there is none. */
export function findAttachment(
  connection: Connection,
  crashId: string,
  wanted: (attachment: Attachment) => boolean,
): FoundAttachment | null {
  const report = attachmentsOf(connection).get(crashId);
  if (report === undefined) return null;
  const all = attachmentsFromJson(report.attachments);
  const attachment = all.find(wanted);
  if (attachment === undefined) {
    return report.identity === null
      ? null
      : findJoined(connection, { ...report, identity: report.identity, all }, wanted);
  }
  const place = placeOf(connection, report.id, attachment, all);
  return place === null ? null : { info: withoutPlace(attachment), receivedAt: report.receivedAt, place };
}

function findJoined(
  connection: Connection,
  {
    identity,
    receivedAt,
    all,
  }: {
    readonly identity: Uint8Array;
    readonly receivedAt: number;
    readonly all: readonly StoredAttachment[];
  },
  wanted: (attachment: Attachment) => boolean,
): FoundAttachment | null {
  const attachment = besides(joinedAttachments(connection, identity), all).find(wanted);
  const bytes = attachment === undefined ? null : blobPlace(connection, attachment.blobId);
  if (attachment === undefined || bytes === null) return null;
  const { coding, stored } = attachment;
  const info = withoutPlace({ ...attachment, offset: null });
  if (bytes.file !== null) return { info, receivedAt, place: { kind: 'blob', file: bytes.file, stored } };
  return { info, receivedAt, place: { kind: 'row', coding, bytes: bytes.data ?? Buffer.alloc(0) } };
}

function placeOf(
  connection: Connection,
  reportId: number,
  attachment: StoredAttachment,
  all: readonly StoredAttachment[],
): AttachmentPlace | null {
  const { offset, coding, stored = 0 } = attachment;
  if (offset === null) {
    const file = attachmentFile(attachment);
    return coding === 'frames'
      ? { kind: 'file', coding, file, stored }
      : { kind: 'file', coding: 'whole', file };
  }
  if (attachment.packed === true) {
    const entry = entryOf(connection).get(reportId);
    return entry === undefined
      ? null
      : {
          kind: 'pack',
          coding: coding ?? 'frames',
          pack: entry.name,
          at: entry.at + PACK_HEAD_BYTES + offset,
          stored,
        };
  }
  if (attachment.size === 0) return { kind: 'row', coding: 'raw', bytes: Buffer.alloc(0) };
  const row = dataOf(connection).get(reportId);
  if (row === undefined) return null;
  if (coding !== undefined) {
    return { kind: 'row', coding, bytes: row.data.subarray(offset, offset + stored) };
  }
  const total = all.reduce((sum, { offset: at, size }) => (at === null ? sum : sum + size), 0);
  const data = row.compressed === 1 ? decompressSmall(row.data, total) : row.data;
  return { kind: 'row', coding: 'raw', bytes: data.subarray(offset, offset + attachment.size) };
}
