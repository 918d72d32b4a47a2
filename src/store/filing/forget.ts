// A report goes (deleted or pruned): what it counted stays, what is only known with it goes too.
import { refreshNewest } from './contribution.ts';
import type { Ledger } from './ledger.ts';
import { forgetMissing } from './missing.ts';

/**
 * Called in the transaction that removes the report. `outlived`: its crashes stay counted in searches, by public fields alone: it goes for
 * want of room, not because it is too old or somebody deleted it.
 */
export async function forgetReport(
  ledger: Ledger,
  reportId: number,
  { outlived }: { readonly outlived: boolean },
): Promise<void> {
  const bugs = await ledger.list('bugsWithNewest', reportId);
  await forgetMissing(ledger, reportId);
  await ledger.bulk(outlived ? 'thinFiled' : 'removeFiled', reportId);
  // Values, installations and sums were changed beside what is held of them.
  ledger.clear();
  for (const bugId of bugs) await refreshNewest(ledger, bugId);
}
