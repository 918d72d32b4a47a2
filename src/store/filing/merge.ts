// Two bugs become one.
import type { Actor } from './actions.ts';
import type { Ledger } from './ledger.ts';
import { rebuildBug } from './rebuild.ts';
import type { BugRecord } from './rows.ts';
import { noteSeen } from './seen.ts';

/** Moves everything of `from` into `into`. False: other product, the same bug, or gone. */
export async function mergeBugs(ledger: Ledger, from: number, into: number, actor: Actor): Promise<boolean> {
  const source = await ledger.bugs.surviving(from);
  const target = await ledger.bugs.surviving(into);
  if (source === null || target === null || source.id === target.id) return false;
  if (source.productId !== target.productId) return false;
  const { message, path, roles, severity } = target;
  await ledger.bulk('noteMerge', source.id, target.id, JSON.stringify({ message, path, roles, severity }));
  await absorb(ledger, source, target, actor);
  return true;
}

/** The merge itself; `by` null: reprocessing brought them together. The target's title and state stay. */
export async function absorb(
  ledger: Ledger,
  from: BugRecord,
  into: BugRecord,
  { by, at }: { readonly by: string | null; readonly at: number },
): Promise<void> {
  await ledger.bulk('moveCases', from.id, into.id);
  await ledger.bulk('moveEvents', from.id, into.id);
  await ledger.bulk('moveKeys', from.id, into.id);
  await ledger.bulk('moveDuplicates', from.id, into.id);
  await ledger.bulk('moveMadeFor', from.id, into.id);
  await ledger.bulk('moveDepartures', from.id, into.id);
  await ledger.bulk('movePendingNotices', from.id, into.id);
  ledger.clear();
  await ledger.bugs.change(from.id, { duplicateOf: into.id, mergedBy: by, mergedAt: at, madeFor: null });
  await noteSeen(ledger, await ledger.bugs.require(into.id), {
    message: from.message,
    path: from.path,
    roles: JSON.parse(from.roles) as string[],
    severity: from.severity,
  });
  await rebuildBug(ledger, from.id);
  await rebuildBug(ledger, into.id);
  const detail = `into #${into.id} ${into.title}`;
  ledger.history.addEvent({ bugId: from.id, at, by, what: 'merged', detail });
  const arrival = `#${from.id} ${from.title} into this`;
  ledger.history.addEvent({ bugId: into.id, at, by, what: 'merged', detail: arrival });
}
