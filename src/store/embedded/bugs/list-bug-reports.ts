// The stored reports of a bug, newest first: the newest of each case, merged.
import type { Page, PageRequest, ReportRow } from '../../reports.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { cursorAfter, keyOfCursor } from '../../shared/cursor.ts';
import { listedRow } from '../read/list-reports.ts';

const MAX_PAGE = 200;

const casesOfBug = query<[bugId: number], number>(`SELECT id FROM cases WHERE bug_id = ?`);
const reportsOfCase = query<[caseId: number, floor: number, before: number, limit: number], number>(`
  SELECT DISTINCT report_id FROM report_crashes
  WHERE case_id = ? AND report_id > ? AND report_id < ? ORDER BY report_id DESC LIMIT ?`);

/** One page. */
export function reportsOf(connection: Connection, bugId: number, page: PageRequest): Page<ReportRow> {
  const limit = Math.min(Math.max(Math.floor(page.limit), 1), MAX_PAGE);
  const before = keyOfCursor(page.cursor) ?? Number.MAX_SAFE_INTEGER;
  const keys = newestReports(connection, bugId, before, limit + 1);
  const shown = keys.slice(0, limit);
  const last = shown.at(-1);
  return {
    rows: shown.flatMap((key) => listedRow(connection, key) ?? []),
    next: keys.length > limit && last !== undefined ? cursorAfter(last) : null,
  };
}

/** A case is only asked for reports that could still be among the newest. */
function newestReports(
  connection: Connection,
  bugId: number,
  before: number,
  count: number,
): readonly number[] {
  let newest: number[] = [];
  let floor = 0;
  for (const caseId of casesOfBug(connection).pluck().all(bugId)) {
    const keys = reportsOfCase(connection).pluck().all(caseId, floor, before, count);
    if (keys.length === 0) continue;
    newest = [...new Set([...newest, ...keys])].sort((a, b) => b - a).slice(0, count);
    if (newest.length === count) floor = newest.at(-1) ?? 0;
  }
  return newest;
}

const keyOfReport = query<[crashId: string], number>(`SELECT id FROM reports WHERE crash_id = ?`);
const crashIdOf = query<[report: number | null], string>(`SELECT crash_id FROM reports WHERE id = ?`);
const newerOf = query<[report: number, bugId: number], number | null>(`
  SELECT min((SELECT min(report_id) FROM report_crashes WHERE case_id = cases.id AND report_id > ?))
  FROM cases WHERE bug_id = ?`);
const olderOf = query<[report: number, bugId: number], number | null>(`
  SELECT max((SELECT max(report_id) FROM report_crashes WHERE case_id = cases.id AND report_id < ?))
  FROM cases WHERE bug_id = ?`);

/** The next newer and older stored report of a bug. */
export function reportNeighbours(
  connection: Connection,
  bugId: number,
  crashId: string,
): { readonly newer: string | null; readonly older: string | null } {
  const key = keyOfReport(connection).pluck().get(crashId) ?? -1;
  const named = (report: number | null | undefined): string | null =>
    crashIdOf(connection)
      .pluck()
      .get(report ?? null) ?? null;
  return key < 0
    ? { newer: null, older: null }
    : {
        newer: named(newerOf(connection).pluck().get(key, bugId)),
        older: named(olderOf(connection).pluck().get(key, bugId)),
      };
}
