// A bug whose stored reports have all gone to one other bug by reprocessing becomes one with it (see the contract, Identity).
import { hasOtherCrash } from './contribution.ts';
import type { Ledger } from './ledger.ts';
import { absorb } from './merge.ts';
import { renameBug } from './rename.ts';

const NO_REPORT = { reportId: 0, position: 0 };

/** Does nothing unless the bug has no stored report left and all that left it went one way. */
export async function succeedEmptied(ledger: Ledger, bugId: number, at: number): Promise<void> {
  const bug = await ledger.bugs.get(bugId);
  if (bug === null || bug.duplicateOf !== null || (await hasOtherCrash(ledger, bugId, NO_REPORT))) return;
  const [only, another] = await ledger.list('departuresOf', bugId);
  if (only === undefined || another !== undefined) return;
  const other = await ledger.bugs.require(only);
  if (other.madeFor !== bug.id) {
    await absorb(ledger, bug, other, { by: null, at });
    return;
  }
  await absorb(ledger, other, bug, { by: null, at });
  await renameBug(ledger, await ledger.bugs.require(bug.id), other, { key: other.key, at });
}
