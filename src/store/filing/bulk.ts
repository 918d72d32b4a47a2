// One bug of an act on many: done by the same rules as for a single bug, and undone where nobody changed it since.
import type { BulkChange } from '../bulk-acts.ts';
import { assignBug, closeBug, closedDetail, ignoreBug, ignoredDetail, reopenBug } from './actions.ts';
import type { Actor } from './actions.ts';
import type { EventName } from './changes.ts';
import type { Ledger } from './ledger.ts';
import { mergeBugs } from './merge.ts';
import type { BugRecord } from './rows.ts';
import { unmergeBug } from './unmerge.ts';

const STATE_FIELDS = [
  'state',
  'reopenedAt',
  'closedAt',
  'closedInVersion',
  'ignoredUntil',
  'ignoredUntilCount',
] as const satisfies readonly (keyof BugRecord)[];

/** What an act of this kind can change of a bug; a merge moves rows, and the merge itself remembers which. */
const FIELDS: Readonly<Record<BulkChange['do'], readonly (keyof BugRecord)[]>> = {
  close: STATE_FIELDS,
  reopen: STATE_FIELDS,
  ignore: STATE_FIELDS,
  assign: ['assignee'],
  merge: [],
};

const UNDONE = 'an act on many bugs was undone';

export type BulkFields = Partial<BugRecord>;

/** What the act changed, as it was and as it is now. */
export interface BulkOutcome {
  readonly before: BulkFields;
  readonly after: BulkFields;
}

/** Null: it changed nothing, since there is no such bug, it was merged away, or it was so already. */
export async function doToBug(
  ledger: Ledger,
  change: BulkChange,
  id: number,
  actor: Actor,
): Promise<BulkOutcome | null> {
  const bug = await ledger.bugs.get(id);
  if (bug === null || bug.duplicateOf !== null) return null;
  if (change.do === 'merge') {
    return (await mergeBugs(ledger, id, change.into, actor)) ? { before: {}, after: {} } : null;
  }
  // For a single bug this is a line of its history; of many it would be one that no undo takes away.
  if (
    change.do === 'ignore' &&
    bug.state === 'ignored' &&
    bug.ignoredUntil === change.until &&
    bug.ignoredUntilCount === change.untilCount
  )
    return null;
  const before = fieldsOf(bug, change);
  await apply(ledger, change, id, actor);
  const after = fieldsOf(await ledger.bugs.require(id), change);
  return sameFields(before, after) ? null : { before, after };
}

/**
 * Gives a bug back what it had. `kept`: it was changed since, and stays. `told`: a merge is undone, but crashes came in between, so that its
 * lines have to stay in the history.
 */
export async function undoOfBug(
  ledger: Ledger,
  change: BulkChange,
  id: number,
  { before, after }: BulkOutcome,
  actor: Actor,
): Promise<'restored' | 'told' | 'kept'> {
  const bug = await ledger.bugs.get(id);
  if (bug === null) return 'kept';
  if (change.do === 'merge') {
    const undone = bug.duplicateOf === change.into ? await unmergeBug(ledger, id, actor) : null;
    if (undone === null) return 'kept';
    return undone.cameAlong + undone.stayed > 0 ? 'told' : 'restored';
  }
  if (bug.duplicateOf !== null || !sameFields(fieldsOf(bug, change), after)) return 'kept';
  await ledger.bugs.change(id, before);
  return 'restored';
}

/**
 * The lines of history that say what an undo did to a bug's state, for a bug whose lines of the act cannot be taken away since others were
 * told of them. A bug that is ignored again is open to whoever was told that it is fixed.
 */
export function addUndoLines(
  ledger: Ledger,
  bugId: number,
  { before, after }: BulkOutcome,
  { by, at }: Actor,
): void {
  if (before.state === after.state && before.closedInVersion === after.closedInVersion) return;
  const line = (what: EventName, detail: string): void =>
    ledger.history.addEvent({ bugId, at, by, what, detail });
  if (before.state === 'closed') line('closed', closedDetail(before.closedInVersion ?? null));
  else line('reopened', UNDONE);
  if (before.state === 'ignored')
    line('ignored', ignoredDetail(before.ignoredUntil ?? null, before.ignoredUntilCount ?? null));
}

function apply(
  ledger: Ledger,
  change: Exclude<BulkChange, { readonly do: 'merge' }>,
  id: number,
  actor: Actor,
): Promise<boolean> {
  switch (change.do) {
    case 'close':
      return closeBug(ledger, id, actor, change);
    case 'reopen':
      return reopenBug(ledger, id, actor);
    case 'ignore':
      return ignoreBug(ledger, id, actor, change);
    default:
      return assignBug(ledger, id, actor, change.assignee);
  }
}

function fieldsOf(bug: BugRecord, change: BulkChange): BulkFields {
  return Object.fromEntries(FIELDS[change.do].map((name) => [name, bug[name]]));
}

function sameFields(one: BulkFields, other: BulkFields): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
