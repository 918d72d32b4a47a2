// A case becomes a bug of its own.
import type { Actor } from './actions.ts';
import { FURTHER_CASES } from './cases.ts';
import { createBug } from './create.ts';
import type { Ledger } from './ledger.ts';
import { rebuildBug } from './rebuild.ts';

/** Gives the new bug's id. Null: no such case, the bug has no other, or it is the one that stands for all further cases. */
export async function splitCase(
  ledger: Ledger,
  id: number,
  caseId: number,
  { by, at }: Actor,
): Promise<number | null> {
  const bug = await ledger.bugs.surviving(id);
  if (bug === null) return null;
  const chosen = await ledger.load('case', caseId);
  if (chosen === null || chosen.bugId !== bug.id || chosen.caseKey === FURTHER_CASES) return null;
  const { caseKey } = chosen;
  if ((await ledger.list('caseKeys', bug.id)).length < 2) return null;
  const made = await createBug(ledger, {
    ...bug,
    severity: (await ledger.load('severityOfCases', bug.id, caseKey)) ?? bug.severity,
    createdAt: at,
    seenAt: at,
    like: {
      ...bug,
      state: 'open',
      closedAt: null,
      closedInVersion: null,
      ignoredUntil: null,
      ignoredUntilCount: null,
    },
    madeFor: null,
  });
  await ledger.bulk('moveKeysOfCase', bug.id, made.id, caseKey);
  ledger.forget(bug.id);
  for (const key of await ledger.list('generalKeys', bug.id)) {
    ledger.bugs.leadKey({ productId: bug.productId, key, caseKey }, made.id);
  }
  await ledger.bulk('moveCase', bug.id, made.id, caseKey);
  await rebuildBug(ledger, bug.id);
  await rebuildBug(ledger, made.id);
  // Either may have words of a report that the other one has.
  await ledger.bulk('noteWordsLeft', bug.id, made.id);
  await ledger.bulk('noteWordsLeft', made.id, bug.id);
  const detail = `a case became #${made.id}`;
  ledger.history.addEvent({ bugId: bug.id, at, by, what: 'split', detail });
  const origin = `from #${bug.id} ${bug.title}`;
  ledger.history.addEvent({ bugId: made.id, at, by, what: 'split', detail: origin });
  return made.id;
}
