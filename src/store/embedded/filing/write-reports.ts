// Writes what the ledger knows of reports: their crashes, what they lack, the end of their processing, what is to be told of them.
import type { Changes, ProcessedChange, RowChange } from '../../filing/changes.ts';
import type { MissingModule } from '../../filing/rows.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { tallyState } from '../transaction/write-context.ts';
import type { WriteContext } from '../transaction/write-context.ts';

const deleteFiled = query<[reportId: number]>(`DELETE FROM report_crashes WHERE report_id = ?`);
const insertFiled = query<unknown[]>(`
  INSERT INTO report_crashes (
    report_id, position, case_id, key, case_key, signature, count, day, version_id, platform_id, installation,
    value_ids, moved_by, moved_at, seq
  ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);

function writeFiled(connection: Connection, { reportId, rows, replaces }: Changes['filed'][number]): void {
  if (replaces) deleteFiled(connection).run(reportId);
  for (const row of rows) {
    insertFiled(connection).run(
      ...[row.reportId, row.position, row.caseId, row.key, row.caseKey, row.signature, row.count, row.day],
      ...[
        row.versionId,
        row.platformId,
        row.installation,
        row.valueIds.join(' '),
        row.movedBy,
        row.movedAt,
        row.seq,
      ],
    );
  }
}

const insertModule = query<unknown[]>(`
  INSERT INTO missing_symbols (id, debug_file, debug_id, code_file, code_id, reports, last_seen_at)
  VALUES (?, ?, ?, ?, ?, ?, ?)`);
const updateModule = query<unknown[]>(`
  UPDATE missing_symbols SET code_file = ?, code_id = ?, reports = ?, last_seen_at = ? WHERE id = ?`);
const deleteModule = query<[id: number]>(`DELETE FROM missing_symbols WHERE id = ?`);
const linkModule = query<[reportId: number, missingId: number]>(`
  INSERT INTO report_missing (report_id, missing_id) VALUES (?, ?)`);
const unlinkAll = query<[reportId: number]>(`DELETE FROM report_missing WHERE report_id = ?`);

function writeModule(connection: Connection, { row, before }: RowChange<MissingModule>): void {
  const { id, debugFile, debugId, codeFile, codeId, reports, lastSeenAt } = row;
  if (before !== null) updateModule(connection).run(codeFile, codeId, reports, lastSeenAt, id);
  else insertModule(connection).run(id, debugFile, debugId, codeFile, codeId, reports, lastSeenAt);
}

const storeProcessed = query<unknown[]>(`
  INSERT OR REPLACE INTO processed_reports (report_id, processor, processed_at, bytes, data, lease_id, events)
  VALUES (?, ?, ?, ?, sealed(?, 'processed_reports.data'), ?, ?)`);
const setProcessed = query<[id: number]>(`
  UPDATE reports SET state = 'processed', lease_until = NULL, lease_id = NULL, failure = NULL WHERE id = ?`);

function writeProcessed({ connection, tally }: WriteContext, change: ProcessedChange): void {
  const { report, leaseId, filing, events } = change;
  const { processor, processedAt, bytes, packed } = filing;
  storeProcessed(connection).run(
    ...[report.id, processor, processedAt, bytes, packed, leaseId, JSON.stringify(events)],
  );
  setProcessed(connection).run(report.id);
  tallyState(tally, report.kindId, 'queued', -1);
  tallyState(tally, report.kindId, 'processed', 1);
}

const insertPendingNotice = query<[bugId: number, event: string, at: number]>(`
  INSERT OR REPLACE INTO untold (bug_id, event, at) VALUES (?, ?, ?)`);

export function writeReports(context: WriteContext, changes: Changes): void {
  const { connection } = context;
  for (const change of changes.filed) writeFiled(connection, change);
  for (const id of changes.removedModules) deleteModule(connection).run(id);
  for (const change of changes.modules) writeModule(connection, change);
  for (const { reportId, modules, replaces } of changes.missing) {
    if (replaces) unlinkAll(connection).run(reportId);
    for (const id of modules) linkModule(connection).run(reportId, id);
  }
  for (const change of changes.processed) writeProcessed(context, change);
  for (const { bugId, event, at } of changes.notices) insertPendingNotice(connection).run(bugId, event, at);
}
