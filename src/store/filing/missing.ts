// Which symbols stored reports lack: by module, with the number of reports, kept with every processing and removal.
import type { Filing } from '../shared/filing.ts';
import type { Ledger } from './ledger.ts';

/** Writes down what a report lacks; what it lacked before is forgotten. */
export async function noteMissing(
  ledger: Ledger,
  { id, receivedAt }: { readonly id: number; readonly receivedAt: number },
  missing: Filing['missing'],
): Promise<void> {
  await forgetMissing(ledger, id);
  const modules = new Set<number>();
  for (const { debugFile, debugId, codeFile, codeId } of missing) {
    const module = await ledger.reports.module(debugId, debugFile);
    if (module === null) {
      const made = await ledger.nextId('missing_symbols');
      ledger.reports.addModule({
        ...{ id: made, debugFile, debugId, codeFile, codeId },
        ...{ reports: 1, lastSeenAt: receivedAt },
      });
      modules.add(made);
    } else if (!modules.has(module.id)) {
      ledger.reports.changeModule(module.id, {
        reports: module.reports + 1,
        codeFile: codeFile ?? module.codeFile,
        codeId: codeId ?? module.codeId,
        lastSeenAt: Math.max(module.lastSeenAt, receivedAt),
      });
      modules.add(module.id);
    }
  }
  await ledger.reports.lacks(id, [...modules]);
}

/** Forgets what a report lacked. */
export async function forgetMissing(ledger: Ledger, reportId: number): Promise<void> {
  const before = await ledger.reports.lacking(reportId);
  if (before.length === 0) return;
  await ledger.reports.lacks(reportId, []);
  for (const id of before) {
    const module = await ledger.reports.moduleById(id);
    if (module === null) continue;
    if (module.reports > 1) ledger.reports.changeModule(id, { reports: module.reports - 1 });
    else ledger.reports.removeModule(module);
  }
}
