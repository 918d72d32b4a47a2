// A single stored report is removed.
import type { ReportState } from '../../../report/report.ts';
import { forgetReport } from '../../filing/forget.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { reportFolder } from '../disk/folder-layout.ts';
import { noteRemoval } from '../transaction/note-removal.ts';
import { noteErasedReport } from '../journal/journal-rows.ts';
import { forgetTold } from './forget-told.ts';
import { noteErasure } from './purge.ts';
import { removeFromPack } from './pack-rows.ts';
import { removeJoined } from './remove-blob.ts';
import { ROW_BYTES, tallyState, tallyStored } from '../transaction/write-context.ts';
import type { WriteContext } from '../transaction/write-context.ts';

/** What has to be known of a report to remove it. */
export interface DoomedReport {
  readonly id: number;
  readonly crashId: string;
  readonly kindId: number;
  readonly state: ReportState;
  readonly receivedAt: number;
  readonly folderBytes: number;
}

const doomedByCrashId = query<[crashId: string], DoomedReport>(`
  SELECT
    id, crash_id AS crashId, kind_id AS kindId, state, received_at AS receivedAt, folder_bytes AS folderBytes
  FROM reports WHERE crash_id = ?`);

/** As `commitReport` counts it, beside the row itself. */
const storedOf = query<[id: number], { productId: number; bytes: number }>(`
  SELECT kinds.product_id AS productId,
    reports.folder_bytes + octet_length(opened(reports.annotations, 'reports.annotations'))
      + ifnull((SELECT bytes FROM report_packs WHERE report_id = reports.id), 0)
      + ifnull((SELECT length(opened(data, 'report_data.data')) FROM report_data WHERE report_id = reports.id), 0) AS bytes
  FROM reports JOIN kinds ON kinds.id = reports.kind_id WHERE reports.id = ?`);

const deleteRow = query<[id: number]>(`DELETE FROM reports WHERE id = ?`);
const deleteData = query<[id: number]>(`DELETE FROM report_data WHERE report_id = ?`);
const deletePending = query<[id: number]>(`DELETE FROM search_pending WHERE report_id = ?`);
const deleteWords = query<[id: number]>(`DELETE FROM report_words WHERE rowid = ?`);

/** False where there is none. `noted`: it stands in the erasure journal, so that no backup and no import brings it back. */
export async function deleteReport(
  context: WriteContext,
  crashId: string,
  { noted = true }: { readonly noted?: boolean } = {},
): Promise<boolean> {
  const report = doomedByCrashId(context.connection).get(crashId);
  if (report === undefined) return false;
  if (noted) noteErasedReport(context.connection, crashId, Date.now());
  await removeReport(context, report);
  return true;
}

/**
 * Removes a report with everything that belongs to it; its folder goes once that is durable. `outlived`: its crashes stay counted (forget.ts).
 */
export async function removeReport(
  context: WriteContext,
  report: DoomedReport,
  { outlived = false }: { readonly outlived?: boolean } = {},
): Promise<void> {
  const { connection, ledger, tally, layout } = context;
  const stored = storedOf(connection).get(report.id);
  if (stored !== undefined) tallyStored(tally, stored.productId, -stored.bytes - ROW_BYTES);
  removeJoined(context, report.id);
  if (!outlived) {
    forgetTold(connection, report.id);
    noteErasure(connection, Date.now());
  }
  removeFromPack(context, report.id);
  deleteRow(connection).run(report.id);
  deleteData(connection).run(report.id);
  removeWords(connection, report.id);
  await forgetReport(ledger, report.id, { outlived });
  tallyState(tally, report.kindId, report.state, -1);
  tally.reportFolderBytes -= report.folderBytes;
  if (report.folderBytes > 0) {
    noteRemoval(context, reportFolder(layout, report.receivedAt, report.crashId), report.folderBytes);
  }
}

function removeWords(connection: Connection, id: number): void {
  if (deletePending(connection).run(id).changes === 0) deleteWords(connection).run(id);
}

const setPinned = query<[pinned: number, crashId: string]>(
  `UPDATE reports SET pinned = ? WHERE crash_id = ?`,
);

/** False where there is no such report. */
export function pinReport({ connection }: WriteContext, crashId: string, pinned: boolean): boolean {
  return setPinned(connection).run(pinned ? 1 : 0, crashId).changes > 0;
}
