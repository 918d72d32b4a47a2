// Which row owns a file or folder: asked by everything that removes files.
import path from 'node:path';
import { attachmentsFromJson } from '../../shared/attachment-json.ts';
import { attachmentFile } from '../disk/folder-layout.ts';
import { utcDay } from '../../../report/crash-id.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { syncFiles } from '../disk/files.ts';
import type { Layout } from '../disk/folder-layout.ts';
import type { StoredFiles } from '../symbols/symbol-files.ts';
import { ownedRevision } from '../symbols/sweep-symbols.ts';

const folderOfReport = query<[crashId: string], number>(`
  SELECT received_at FROM reports WHERE crash_id = ? AND folder_bytes > 0`);

const attachmentsOf = query<[crashId: string], string>(
  `SELECT opened(attachments, 'reports.attachments') FROM reports WHERE crash_id = ?`,
);

const ownerOfBlob = query<[file: string], number>(`SELECT 1 FROM blobs WHERE file = ?`);

/** Whether a report has its files in the folder with its crash id in the folder of this day (`yyyymmdd`). */
export function ownsReportFolder(connection: Connection, day: string, crashId: string): boolean {
  const receivedAt = folderOfReport(connection).pluck().get(crashId);
  return receivedAt !== undefined && utcDay(receivedAt) === day;
}

/** Whether a report has an attachment in this file of its folder. */
export function ownsReportFile(
  connection: Connection,
  { day, crashId, file }: { readonly day: string; readonly crashId: string; readonly file: string },
): boolean {
  const attachments = attachmentsOf(connection).pluck().get(crashId);
  if (attachments === undefined || !ownsReportFolder(connection, day, crashId)) return false;
  return attachmentsFromJson(attachments).some(
    (attachment) => attachment.offset === null && attachmentFile(attachment) === file,
  );
}

/** Whether the row of a symbol file names this revision of it. */
export function ownsSymbolFile(connection: Connection, { revision, ...key }: StoredFiles): boolean {
  return ownedRevision(connection, key) === revision;
}

/** Whether a blob has its bytes in this file. */
export function ownsBlobFile(connection: Connection, file: string): boolean {
  return ownerOfBlob(connection).get(file) !== undefined;
}

const endOfPack = query<[name: string], number>(`SELECT bytes FROM packs WHERE name = ?`);

/** Up to where reports have entries in a pack; null: no row knows it. */
export function bytesOfPack(connection: Connection, name: string): number | null {
  return endOfPack(connection).pluck().get(name) ?? null;
}

/** Whether no entry of a pack lies behind those that reports here have. */
export function ownsWholePack(connection: Connection, layout: Layout, name: string): boolean {
  const bytes = bytesOfPack(connection, name);
  return bytes !== null && (syncFiles.stat(path.join(layout.packs, name))?.size ?? 0) <= bytes;
}
