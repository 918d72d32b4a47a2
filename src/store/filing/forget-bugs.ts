// Bugs outlive their reports, but not without end: anyone can send crashes that nobody has seen before. Beyond a number of bugs
// without a stored report, those seen longest ago are forgotten, unless a person has ever done something with them. The counts of
// their product stay.
import type { Ledger } from './ledger.ts';

const MAX_OF_STEP = 200;

/** Forgets some of those beyond `keep`; gives how many. */
export async function forgetBugs(ledger: Ledger, keep: number): Promise<number> {
  const excess = ((await ledger.load('reportlessBugCount')) ?? 0) - keep;
  if (excess <= 0) return 0;
  const ids = await ledger.list('forgettableBugs', Math.min(excess, MAX_OF_STEP));
  for (const id of ids) await ledger.bulk('removeBug', id);
  if (ids.length > 0) ledger.clear();
  return ids.length;
}
