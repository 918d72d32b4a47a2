// One report is filed under another bug by hand, for good.
import { query } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { requireBug, survivingBug } from './bug-record.ts';
import { caseOf } from './cases.ts';
import {
  addContribution,
  filedCrashes,
  refreshNewest,
  subtractContribution,
  valueIdsOf,
} from './contribution.ts';
import { addEvent } from './events.ts';
import { valuesOfRows } from './case-values.ts';

interface Movable {
  readonly id: number;
  readonly receivedAt: number;
  readonly version: string | null;
}

const movable = query<[crashId: string], Movable>(`
  SELECT id, received_at AS receivedAt, version FROM reports WHERE crash_id = ?`);

const versionName = query<[id: number], string>(`SELECT name FROM labels WHERE id = ?`);
const severityOfCase = query<[id: number], { severity: number; context: string | null }>(`
  SELECT severity, context FROM cases WHERE id = ?`);

/** False: no such report or bug, another product, or the report was not processed yet. */
export function moveReport(
  { connection }: WriteContext,
  crashId: string,
  into: number,
  { by, at }: { readonly by: string; readonly at: number },
): boolean {
  const report = movable(connection).get(crashId);
  const target = survivingBug(connection, into);
  if (report === undefined || target === null) return false;
  const rows = filedCrashes(connection, report.id);
  if (rows.length === 0 || rows.some(({ productId }) => productId !== target.productId)) return false;
  for (const row of rows) {
    const from = severityOfCase(connection).get(row.caseId);
    const version = versionName(connection).pluck().get(row.versionId) ?? report.version;
    const shown = { severity: from?.severity ?? 0, context: from?.context ?? null, version };
    const caseId =
      row.bugId === target.id
        ? row.caseId
        : caseOf(connection, target.id, { ...shown, caseKey: row.caseKey, seenAt: report.receivedAt });
    addContribution(
      connection,
      { productId: target.productId, bugId: target.id, caseId },
      {
        ...row,
        ...shown,
        reportId: report.id,
        seenAt: report.receivedAt,
        values: valuesOfRows(connection, valueIdsOf(row)),
        movedBy: by,
        movedAt: at,
      },
    );
    subtractContribution(connection, row);
  }
  for (const bugId of new Set(rows.map((row) => row.bugId))) {
    if (bugId === target.id) continue;
    refreshNewest(connection, bugId);
    addEvent(connection, bugId, { at, by, what: 'moved', detail: `report ${crashId} to #${target.id}` });
    const { title } = requireBug(connection, bugId);
    addEvent(connection, target.id, {
      at,
      by,
      what: 'moved',
      detail: `report ${crashId} from #${bugId} ${title}`,
    });
  }
  return true;
}
