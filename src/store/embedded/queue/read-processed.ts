// The processed report of a stored one, and why processing failed.
import type { ProcessedReport } from '../../../report/processed-report.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { unpackProcessed } from '../../shared/packed-report.ts';

const selectProcessed = query<[crashId: string], { id: number; bytes: number; data: Uint8Array }>(`
  SELECT reports.id, processed_reports.bytes, opened(processed_reports.data, 'processed_reports.data') AS data
  FROM reports JOIN processed_reports ON processed_reports.report_id = reports.id
  WHERE reports.crash_id = ?`);
const selectBugs = query<[reportId: number], number>(`
  SELECT cases.bug_id FROM report_crashes JOIN cases ON cases.id = report_crashes.case_id
  WHERE report_crashes.report_id = ? ORDER BY report_crashes.position`);

/** Null where the report was not processed yet. `bugIds` are those of its crashes, in order. */
export async function getProcessed(
  connection: Connection,
  crashId: string,
): Promise<{ readonly processed: ProcessedReport; readonly bugIds: readonly number[] } | null> {
  const row = selectProcessed(connection).get(crashId);
  if (row === undefined) return null;
  const bugIds = selectBugs(connection).pluck().all(row.id);
  return { processed: await unpackProcessed(row.data, row.bytes), bugIds };
}

const selectFailure = query<[crashId: string], { reason: string | null; attempts: number }>(`
  SELECT opened(failure, 'reports.failure') AS reason, attempts FROM reports WHERE crash_id = ? AND state = 'failed'`);

export function failureOf(
  connection: Connection,
  crashId: string,
): { readonly reason: string; readonly attempts: number } | null {
  const row = selectFailure(connection).get(crashId);
  return row === undefined ? null : { reason: row.reason ?? '', attempts: row.attempts };
}
