// What people do with a bug: each changes it and writes a line of history. All give false where there is no such bug, or where
// it was merged into another: who acts on it shall see that first.
import type { MovedBug } from '../bugs.ts';
import { EVENT_NAMES, type EventName } from './changes.ts';
import type { Ledger } from './ledger.ts';
import type { BugRecord } from './rows.ts';

/** Who acts, and when. */
export interface Actor {
  readonly by: string;
  readonly at: number;
}

/** What an action does: fields that change, and the line of history. Null: nothing, without a line. */
type Action = (bug: BugRecord) => {
  readonly fields: Partial<BugRecord>;
  readonly what: EventName;
  readonly detail: string;
} | null;

const NOT_IGNORED = { ignoredUntil: null, ignoredUntilCount: null };
const MAX_ENDED = 1000;

/** Closed again later counts from then. */
export function closeBug(
  ledger: Ledger,
  id: number,
  actor: Actor,
  { inVersion }: { readonly inVersion: string | null },
): Promise<boolean> {
  return act(ledger, id, actor, () => ({
    fields: { state: 'closed', closedAt: actor.at, closedInVersion: inVersion, ...NOT_IGNORED },
    what: 'closed',
    detail: closedDetail(inVersion),
  }));
}

/** What a line of history says of a closing. */
export function closedDetail(inVersion: string | null): string {
  return inVersion === null ? '' : `in version ${inVersion}`;
}

/** An open bug stays as it is, without a line. */
export function reopenBug(ledger: Ledger, id: number, actor: Actor): Promise<boolean> {
  return act(ledger, id, actor, ({ state }) =>
    state === 'open' ? null : { fields: reopened(actor.at), what: 'reopened', detail: '' },
  );
}

/** The same as a person's reopening, by a new occurrence or the end of the ignoring. */
export async function reopenByItself(ledger: Ledger, id: number, at: number, because: string): Promise<void> {
  await ledger.bugs.change(id, reopened(at));
  ledger.history.addEvent({ bugId: id, at, by: null, what: 'reopened', detail: because });
}

/** Until a moment, until the bug has counted so many, or (both null) until somebody reopens it. */
export function ignoreBug(
  ledger: Ledger,
  id: number,
  actor: Actor,
  { until, untilCount }: { readonly until: number | null; readonly untilCount: number | null },
): Promise<boolean> {
  return act(ledger, id, actor, () => ({
    fields: {
      state: 'ignored',
      closedAt: null,
      closedInVersion: null,
      ignoredUntil: until,
      ignoredUntilCount: untilCount,
    },
    what: 'ignored',
    detail: ignoredDetail(until, untilCount),
  }));
}

/** What a line of history says of an ignoring. */
export function ignoredDetail(until: number | null, untilCount: number | null): string {
  return [
    ...(until === null ? [] : [`until ${new Date(until).toISOString()}`]),
    ...(untilCount === null ? [] : [`until it was counted ${untilCount} times`]),
  ].join(', or ');
}

export function assignBug(
  ledger: Ledger,
  id: number,
  actor: Actor,
  assignee: string | null,
): Promise<boolean> {
  return act(ledger, id, actor, (bug) =>
    bug.assignee === assignee
      ? null
      : { fields: { assignee }, what: 'assigned', detail: fromTo(bug.assignee, assignee) },
  );
}

export function setTicket(ledger: Ledger, id: number, actor: Actor, ticket: string | null): Promise<boolean> {
  return act(ledger, id, actor, (bug) =>
    bug.ticket === ticket ? null : { fields: { ticket }, what: 'ticket', detail: fromTo(bug.ticket, ticket) },
  );
}

export function commentBug(ledger: Ledger, id: number, actor: Actor, text: string): Promise<boolean> {
  return act(ledger, id, actor, () => ({ fields: {}, what: 'comment', detail: text }));
}

/** What people did with the bug in another store. It was written there once, and is told to nobody. */
export async function takeOverBug(
  ledger: Ledger,
  id: number,
  { events, ...fields }: MovedBug,
): Promise<boolean> {
  const bug = await ledger.bugs.get(id);
  if (bug === null || bug.duplicateOf !== null) return false;
  await ledger.bugs.change(id, fields);
  for (const { at, by, what, detail } of events) {
    const name = EVENT_NAMES.find((one) => one === what);
    if (name !== undefined) ledger.history.addEvent({ bugId: id, at, by, what: name, detail });
  }
  return true;
}

/** Opens bugs whose ignoring has ended by its date. */
export async function endIgnoring(ledger: Ledger, now: number): Promise<void> {
  for (const id of await ledger.list('ignoringEnded', now, MAX_ENDED)) {
    await reopenByItself(ledger, id, now, 'the ignoring has ended');
  }
}

async function act(ledger: Ledger, id: number, { by, at }: Actor, action: Action): Promise<boolean> {
  const bug = await ledger.bugs.get(id);
  if (bug === null || bug.duplicateOf !== null) return false;
  const done = action(bug);
  if (done === null) return true;
  await ledger.bugs.change(id, done.fields);
  ledger.history.addEvent({ bugId: id, at, by, what: done.what, detail: done.detail });
  return true;
}

function reopened(at: number): Partial<BugRecord> {
  return { state: 'open', reopenedAt: at, ...NOT_IGNORED };
}

function fromTo(from: string | null, to: string | null): string {
  return `${from ?? '(none)'} → ${to ?? '(none)'}`;
}
