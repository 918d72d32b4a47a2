// A report goes (deleted or pruned): what it counted stays, what is only known with it goes too.
import { refreshNewest } from './contribution.ts';
import type { Ledger } from './ledger.ts';
import { forgetMissing } from './missing.ts';

/** Called in the transaction that removes the report. */
export async function forgetReport(ledger: Ledger, reportId: number): Promise<void> {
  const bugs = await ledger.list('bugsWithNewest', reportId);
  await forgetMissing(ledger, reportId);
  await ledger.bulk('removeFiled', reportId);
  ledger.reports.forgetReports();
  for (const bugId of bugs) await refreshNewest(ledger, bugId);
}
