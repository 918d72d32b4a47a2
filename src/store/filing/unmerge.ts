// A merge that a person made is undone: reports, counts, keys and history go back as they were. What came in between goes where its key
// leads now; the history of both says how much that is.
import type { Unmerged } from '../bugs.ts';
import type { Actor } from './actions.ts';
import type { Ledger } from './ledger.ts';
import { rebuildBug } from './rebuild.ts';
import type { BugRecord } from './rows.ts';

type Seen = Pick<BugRecord, 'message' | 'path' | 'roles' | 'severity'>;

/**
 * Gives back what `from` had. Null: it was not merged, reprocessing merged it, it was merged before merges could be undone, or the bug
 * that it went into was itself merged since (that merge is undone first).
 */
export async function unmergeBug(ledger: Ledger, from: number, { by, at }: Actor): Promise<Unmerged | null> {
  const source = await ledger.bugs.get(from);
  if (source === null || source.duplicateOf === null || source.mergedBy === null) return null;
  const merge = await ledger.load('merge', from);
  if (merge === null || merge.into !== source.duplicateOf) return null;
  const { into } = merge;
  const merged = await ledger.bugs.require(into);
  await ledger.bulk('undoMerge', from, into);
  ledger.clear();
  await ledger.bugs.change(from, { duplicateOf: null, mergedBy: null, mergedAt: null });
  await ledger.bugs.change(into, seenBefore(merged, source, JSON.parse(merge.seen) as Seen));
  await rebuildBug(ledger, from);
  await rebuildBug(ledger, into);
  // Either may have words of a report that came while they were one.
  await ledger.bulk('noteWordsLeft', from, into);
  await ledger.bulk('noteWordsLeft', into, from);
  const back = await ledger.bugs.require(from);
  const left = await ledger.bugs.require(into);
  const since = {
    cameAlong: Math.max(0, back.count - merge.fromCount),
    stayed: Math.max(0, left.count - merge.intoCount),
  };
  const words = (count: number): string => (count === 1 ? '1 crash' : `${count} crashes`);
  ledger.history.addEvent({
    bugId: from,
    at,
    by,
    what: 'unmerged',
    detail: `out of #${into} ${left.title}, with ${words(back.count)}, ${since.cameAlong} of them since the merge`,
  });
  ledger.history.addEvent({
    bugId: into,
    at,
    by,
    what: 'unmerged',
    detail: `#${from} ${source.title} out of this, with ${words(back.count)}; ${words(since.stayed)} since the merge stay`,
  });
  return { from, into, ...since };
}

/** What the other bug brought goes; what came since stays. */
function seenBefore(now: Seen, brought: Seen, before: Seen): Partial<BugRecord> {
  return {
    ...(now.message === brought.message && { message: before.message }),
    ...(now.path === brought.path && { path: before.path }),
    ...(now.severity === brought.severity && { severity: before.severity }),
    roles: JSON.stringify(
      (JSON.parse(now.roles) as string[]).filter(
        (role) =>
          (JSON.parse(before.roles) as string[]).includes(role) ||
          !(JSON.parse(brought.roles) as string[]).includes(role),
      ),
    ),
  };
}
