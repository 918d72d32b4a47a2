// Which symbols stored reports lack: by module, with the number of reports, kept with every processing and removal.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import type { Filing } from '../../shared/filing.ts';

const ofReport = query<[reportId: number], number>(`
  SELECT missing_id FROM report_missing WHERE report_id = ?`);
const addModule = query<
  [
    debugFile: string,
    debugId: string,
    codeFile: string | null,
    codeId: string | null,
    reports: number,
    at: number,
  ],
  number
>(`
  INSERT INTO missing_symbols (debug_file, debug_id, code_file, code_id, reports, last_seen_at)
  VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET
    reports = reports + 1,
    code_file = ifnull(excluded.code_file, code_file),
    code_id = ifnull(excluded.code_id, code_id),
    last_seen_at = max(last_seen_at, excluded.last_seen_at)
  RETURNING id`);
const linkModule = query<[reportId: number, missingId: number]>(`
  INSERT INTO report_missing (report_id, missing_id) VALUES (?, ?)`);
const unlinkAll = query<[reportId: number]>(`DELETE FROM report_missing WHERE report_id = ?`);
const countDown = query<[id: number]>(`UPDATE missing_symbols SET reports = reports - 1 WHERE id = ?`);
const deleteUnused = query<[id: number]>(`DELETE FROM missing_symbols WHERE id = ? AND reports <= 0`);

/** Writes down what a report lacks; what it lacked before is forgotten. */
export function noteMissing(
  connection: Connection,
  { id, receivedAt }: { readonly id: number; readonly receivedAt: number },
  missing: Filing['missing'],
): void {
  forgetMissing(connection, id);
  const seen = new Set<string>();
  for (const { debugFile, debugId, codeFile, codeId } of missing) {
    const name = JSON.stringify([debugFile, debugId]);
    if (seen.has(name)) continue;
    seen.add(name);
    const module = addModule(connection).pluck().get(debugFile, debugId, codeFile, codeId, 1, receivedAt);
    if (module !== undefined) linkModule(connection).run(id, module);
  }
}

/** Forgets what a report lacked. */
export function forgetMissing(connection: Connection, reportId: number): void {
  const missing = ofReport(connection).pluck().all(reportId);
  if (missing.length === 0) return;
  unlinkAll(connection).run(reportId);
  for (const id of missing) {
    countDown(connection).run(id);
    deleteUnused(connection).run(id);
  }
}
