// One report is filed under another bug by hand, for good.
import { seenAt } from '../../report/occurrence-day.ts';
import type { Actor } from './actions.ts';
import { valuesOfRows } from './case-values.ts';
import { caseOf } from './cases.ts';
import { addContribution, filedCrashes, refreshNewest, subtractContribution } from './contribution.ts';
import type { Ledger } from './ledger.ts';

/** False: no such report or bug, another product, or the report was not processed yet. */
export async function moveReport(
  ledger: Ledger,
  crashId: string,
  into: number,
  { by, at }: Actor,
): Promise<boolean> {
  const report = await ledger.load('report', crashId);
  const target = await ledger.bugs.surviving(into);
  if (report === null || target === null) return false;
  const rows = await filedCrashes(ledger, report.id);
  if (rows.length === 0 || rows.some(({ productId }) => productId !== target.productId)) return false;
  for (const row of rows) {
    const { severity, context } = await ledger.cases.require(row.caseId);
    const version = (await ledger.load('labelName', row.versionId)) ?? report.version;
    const shown = { severity, context, version, seenAt: seenAt(row.day, report.receivedAt) };
    const caseId =
      row.bugId === target.id
        ? row.caseId
        : await caseOf(ledger, target.id, { ...shown, caseKey: row.caseKey });
    const owner = { productId: target.productId, bugId: target.id, caseId };
    const values = await valuesOfRows(ledger, row.valueIds);
    await addContribution(ledger, owner, { ...row, ...shown, values, movedBy: by, movedAt: at });
    await subtractContribution(ledger, row);
    if (row.seq !== null && caseId !== row.caseId) ledger.facts.move(row.productId, row.seq, caseId);
  }
  for (const bugId of new Set(rows.map((row) => row.bugId))) {
    if (bugId === target.id) continue;
    await refreshNewest(ledger, bugId);
    await ledger.bulk('noteWordsLeft', bugId, target.id);
    const { title } = await ledger.bugs.require(bugId);
    const departure = `report ${crashId} to #${target.id}`;
    ledger.history.addEvent({ bugId, at, by, what: 'moved', detail: departure });
    const arrival = `report ${crashId} from #${bugId} ${title}`;
    ledger.history.addEvent({ bugId: target.id, at, by, what: 'moved', detail: arrival });
  }
  return true;
}
