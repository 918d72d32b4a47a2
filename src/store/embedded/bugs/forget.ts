// A report goes (deleted or pruned): what it counted stays, what is only known with it goes too.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { forgetMissing } from './missing.ts';
import { refreshNewest } from './contribution.ts';

const bugsWithNewest = query<[reportId: number], number>(`SELECT id FROM bugs WHERE newest_report_id = ?`);
const deleteCrashes = query<[reportId: number]>(`DELETE FROM report_crashes WHERE report_id = ?`);
const deleteProcessed = query<[reportId: number]>(`DELETE FROM processed_reports WHERE report_id = ?`);

/** Called in the transaction that removes the report. */
export function forgetReport(connection: Connection, reportId: number): void {
  const bugs = bugsWithNewest(connection).pluck().all(reportId);
  deleteCrashes(connection).run(reportId);
  deleteProcessed(connection).run(reportId);
  forgetMissing(connection, reportId);
  for (const bugId of bugs) refreshNewest(connection, bugId);
}
