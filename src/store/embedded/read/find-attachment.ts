// Where the bytes of an attachment are, and those of small ones themselves.
import type { Attachment } from '../../../report/report.ts';
import { attachmentsFromJson, withoutPlace } from '../../shared/attachment-json.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { decompressSmall } from '../disk/small-zstd.ts';

const attachmentsOf = query<[crashId: string], { id: number; receivedAt: number; attachments: string }>(`
  SELECT id, received_at AS receivedAt, attachments FROM reports WHERE crash_id = ?`);

const dataOf = query<[reportId: number], { compressed: number; data: Buffer }>(`
  SELECT compressed, data FROM report_data WHERE report_id = ?`);

/** An attachment: its bytes, or (null) they are in a file of the report's folder. */
export interface FoundAttachment {
  readonly info: Attachment;
  readonly receivedAt: number;
  readonly data: Buffer | null;
}

/** The attachment with this name, or the first that `wanted` accepts; null where there is none. */
export function findAttachment(
  connection: Connection,
  crashId: string,
  wanted: (attachment: Attachment) => boolean,
): FoundAttachment | null {
  const report = attachmentsOf(connection).get(crashId);
  if (report === undefined) return null;
  const all = attachmentsFromJson(report.attachments);
  const stored = all.find(wanted);
  if (stored === undefined) return null;
  const found = { info: withoutPlace(stored), receivedAt: report.receivedAt };
  if (stored.offset === null) return { ...found, data: null };
  if (stored.size === 0) return { ...found, data: Buffer.alloc(0) };
  const row = dataOf(connection).get(report.id);
  if (row === undefined) return null;
  const total = all.reduce((sum, { offset, size }) => (offset === null ? sum : sum + size), 0);
  const data = row.compressed === 1 ? decompressSmall(row.data, total) : row.data;
  return { ...found, data: data.subarray(stored.offset, stored.offset + stored.size) };
}
