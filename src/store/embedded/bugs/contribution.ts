// What one crash of a stored report adds to a case, its bug and its product: added once, written down with the report, and taken back
// exactly when the report is processed again or moved.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { addInstallation, subtractInstallation } from './affected.ts';
import { requireBug } from './bug-record.ts';
import { addToSeries } from './case-series.ts';
import { addValues, subtractValues } from './case-values.ts';
import type { CountedValue } from './case-values.ts';
import type { FiledValue } from '../../shared/filing.ts';

/** What a crash says of itself, wherever it is filed. */
export interface CrashFacts {
  readonly key: string;
  readonly caseKey: string;
  readonly signature: string;
  readonly count: number;
  readonly day: number;
  readonly versionId: number;
  readonly platformId: number;
  readonly installation: Uint8Array | null;
  readonly movedBy: string | null;
  readonly movedAt: number | null;
}

/** A crash with the place in its report, and the values that it counts. */
export interface Crash extends CrashFacts {
  readonly reportId: number;
  readonly position: number;
  readonly seenAt: number;
  readonly version: string | null;
  readonly severity: number;
  readonly values: readonly (FiledValue | CountedValue)[];
}

/** A filed crash: a row of report_crashes with the bug and product that its case belongs to. */
export interface FiledRow extends CrashFacts {
  readonly position: number;
  readonly caseId: number;
  readonly bugId: number;
  readonly productId: number;
  readonly valueIds: string;
}

/** Where a crash is filed. */
export interface Place {
  readonly productId: number;
  readonly bugId: number;
  readonly caseId: number;
}

const selectFiled = query<[reportId: number], FiledRow>(`
  SELECT
    position, case_id AS caseId, bugs.id AS bugId, bugs.product_id AS productId, report_crashes.key,
    report_crashes.case_key AS caseKey, signature, report_crashes.count, day, version_id AS versionId,
    platform_id AS platformId, installation, value_ids AS valueIds, moved_by AS movedBy, moved_at AS movedAt
  FROM report_crashes
  JOIN cases ON cases.id = report_crashes.case_id
  JOIN bugs ON bugs.id = cases.bug_id
  WHERE report_id = ? ORDER BY position`);

/** What a report contributes at present, by position. */
export function filedCrashes(connection: Connection, reportId: number): readonly FiledRow[] {
  return selectFiled(connection).all(reportId);
}

const writeDown = query<unknown[]>(`
  INSERT OR REPLACE INTO report_crashes (
    report_id, position, case_id, key, case_key, signature, count, day, version_id, platform_id, installation,
    value_ids, moved_by, moved_at
  ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);

const addToCase = query<
  [{ id: number; count: number; at: number; version: string | null; severity: number }]
>(`
  UPDATE cases SET
    count = count + @count,
    severity = max(severity, @severity),
    first_version = CASE WHEN @at < first_seen_at THEN @version ELSE first_version END,
    last_version = CASE WHEN @at >= last_seen_at THEN @version ELSE last_version END,
    first_seen_at = min(first_seen_at, @at),
    last_seen_at = max(last_seen_at, @at)
  WHERE id = @id`);

const addToBug = query<
  [{ id: number; count: number; at: number; version: string | null; severity: number; reportId: number }]
>(`
  UPDATE bugs SET
    first_version = CASE WHEN count = 0 OR @at < first_seen_at THEN @version ELSE first_version END,
    last_version = CASE WHEN count = 0 OR @at >= last_seen_at THEN @version ELSE last_version END,
    first_seen_at = CASE WHEN count = 0 THEN @at ELSE min(first_seen_at, @at) END,
    last_seen_at = CASE WHEN count = 0 THEN @at ELSE max(last_seen_at, @at) END,
    count = count + @count,
    severity = max(severity, @severity),
    newest_report_id = max(ifnull(newest_report_id, 0), @reportId)
  WHERE id = @id`);

/** Adds a crash and writes down what it added. A row of the same report and position is replaced, not taken back. */
export function addContribution(connection: Connection, place: Place, crash: Crash): void {
  const { bugId, caseId } = place;
  const { count, seenAt: at, version, severity, reportId } = crash;
  const { installations } = requireBug(connection, bugId);
  const counted =
    crash.installation !== null &&
    addInstallation(connection, { ...place, installations }, crash.installation, crash.day);
  addToCase(connection).run({ id: caseId, count, at, version, severity });
  addToBug(connection).run({ id: bugId, count, at, version, severity, reportId });
  addToSeries(connection, place, crash, count);
  const valueIds = addValues(connection, place, crash.values, count);
  writeDown(connection).run(
    reportId,
    crash.position,
    caseId,
    crash.key,
    crash.caseKey,
    crash.signature,
    count,
    crash.day,
    crash.versionId,
    crash.platformId,
    counted ? crash.installation : null,
    valueIds.join(' '),
    crash.movedBy,
    crash.movedAt,
  );
}

const subtractFromCase = query<[count: number, id: number], number>(`
  UPDATE cases SET count = count - ? WHERE id = ? RETURNING count`);
const subtractFromBug = query<[count: number, id: number]>(`UPDATE bugs SET count = count - ? WHERE id = ?`);
const deleteCase = query<[id: number]>(`DELETE FROM cases WHERE id = ?`);

/** Takes back what a row says that it added; the row itself is the caller's. A case that counts nothing any more goes. */
export function subtractContribution(connection: Connection, row: FiledRow): void {
  addToSeries(connection, row, row, -row.count);
  if (row.installation !== null) subtractInstallation(connection, row, row.installation);
  subtractValues(connection, row.bugId, valueIdsOf(row), row.count);
  subtractFromBug(connection).run(row.count, row.bugId);
  if (subtractFromCase(connection).pluck().get(row.count, row.caseId) !== 0) return;
  deleteCase(connection).run(row.caseId);
  refreshSpan(connection, row.bugId);
}

/** The rows in case_values that a filed crash counted. */
export function valueIdsOf({ valueIds }: Pick<FiledRow, 'valueIds'>): readonly number[] {
  return valueIds === '' ? [] : valueIds.split(' ').map(Number);
}

const updateSpan = query<[{ id: number }]>(`
  UPDATE bugs SET
    first_seen_at = (SELECT min(first_seen_at) FROM cases WHERE bug_id = @id),
    last_seen_at = (SELECT max(last_seen_at) FROM cases WHERE bug_id = @id),
    first_version = (SELECT first_version FROM cases WHERE bug_id = @id ORDER BY first_seen_at LIMIT 1),
    last_version = (SELECT last_version FROM cases WHERE bug_id = @id ORDER BY last_seen_at DESC LIMIT 1)
  WHERE id = @id AND EXISTS (SELECT 1 FROM cases WHERE bug_id = @id)`);

/** Sets when a bug was first and last seen from its cases. A bug without cases keeps what it had. */
export function refreshSpan(connection: Connection, bugId: number): void {
  updateSpan(connection).run({ id: bugId });
}

const newestOfCases = query<[bugId: number], number | null>(`
  SELECT max((SELECT max(report_id) FROM report_crashes WHERE case_id = cases.id))
  FROM cases WHERE bug_id = ?`);
const setNewest = query<[reportId: number | null, id: number]>(`
  UPDATE bugs SET newest_report_id = ? WHERE id = ?`);

/** Finds the newest stored report of a bug anew. */
export function refreshNewest(connection: Connection, bugId: number): void {
  setNewest(connection).run(newestOfCases(connection).pluck().get(bugId) ?? null, bugId);
}

const anyOther = query<[bugId: number, reportId: number, position: number], number>(`
  SELECT 1 FROM cases JOIN report_crashes ON report_crashes.case_id = cases.id
  WHERE cases.bug_id = ? AND (report_crashes.report_id <> ? OR report_crashes.position <> ?) LIMIT 1`);

/** Whether a bug has a stored crash beside the one given. */
export function hasOtherCrash(
  connection: Connection,
  bugId: number,
  crash: { readonly reportId: number; readonly position: number },
): boolean {
  return anyOther(connection).get(bugId, crash.reportId, crash.position) !== undefined;
}
