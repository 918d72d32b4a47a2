// Every file that rows name. What else lies in the data folder (uploads under way, what a sweep will take) belongs to no backup.
import path from 'node:path';
import { utcDay } from '../../../report/crash-id.ts';
import { attachmentsFromJson } from '../../shared/attachment-json.ts';
import { query, type Connection } from '../database/query.ts';
import { attachmentFile, layoutOf } from '../disk/folder-layout.ts';
import { indexPath, textPath } from '../symbols/symbol-files.ts';

/** A file that rows name. */
export interface NamedFile {
  /** Relative to the data folder, with `/` between names. */
  readonly path: string;
  /** Up to where rows own it; null: all of it. What stands behind may be another report that is about to get its row. */
  readonly bytes: number | null;
  /** What can be made again from another file that is named. */
  readonly derived: boolean;
}

const filesOfReports = query<
  [],
  { readonly crashId: string; readonly receivedAt: number; readonly attachments: string }
>(`
  SELECT crash_id AS crashId, received_at AS receivedAt, opened(attachments, 'reports.attachments') AS attachments FROM reports WHERE folder_bytes > 0`);
const filesOfPacks = query<[], { readonly name: string; readonly bytes: number }>(`
  SELECT name, max(report_packs.at + report_packs.bytes) AS bytes
  FROM report_packs JOIN packs ON packs.id = report_packs.pack_id GROUP BY packs.id`);
const filesOfBlobs = query<[], string>(`SELECT file FROM blobs WHERE file IS NOT NULL`);
const filesOfSymbols = query<
  [],
  { readonly debugFile: string; readonly debugId: string; readonly revision: string }
>(`
  SELECT debug_file AS debugFile, debug_id AS debugId, revision FROM symbols`);

/** In no order; each once. Inside a snapshot, where they are to be those of one moment. */
export function* namedFiles(connection: Connection): Generator<NamedFile> {
  for (const { crashId, receivedAt, attachments } of filesOfReports(connection).iterate()) {
    const folder = `reports/${utcDay(receivedAt)}/${crashId}`;
    for (const attachment of attachmentsFromJson(attachments)) {
      if (attachment.offset === null)
        yield { path: `${folder}/${attachmentFile(attachment)}`, bytes: null, derived: false };
    }
  }
  for (const { name, bytes } of filesOfPacks(connection).iterate())
    yield { path: `packs/${name}`, bytes, derived: false };
  for (const file of filesOfBlobs(connection).pluck().iterate())
    yield { path: `blobs/${file}`, bytes: null, derived: false };
  // An empty root makes paths that are relative.
  const layout = layoutOf('');
  for (const stored of filesOfSymbols(connection).iterate()) {
    yield { path: slashed(textPath(layout, stored)), bytes: null, derived: false };
    yield { path: slashed(indexPath(layout, stored)), bytes: null, derived: true };
  }
}

function slashed(relative: string): string {
  return relative.split(path.sep).join('/');
}
