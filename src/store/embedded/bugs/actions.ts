// What people do with a bug: each changes its row and writes a line of history. All give false where there is no such bug, or where
// it was merged into another: who acts on it shall see that first.
import type { BugState } from '../../bugs.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { bugRecord } from './bug-record.ts';
import type { BugRecord } from './bug-record.ts';
import { addEvent } from './events.ts';
import type { EventName } from './events.ts';

/** Who acts, and when. */
export interface Actor {
  readonly by: string;
  readonly at: number;
}

const setState = query<
  [
    {
      id: number;
      state: BugState;
      closedAt: number | null;
      inVersion: string | null;
      until: number | null;
      untilCount: number | null;
    },
  ]
>(`
  UPDATE bugs SET
    state = @state, closed_at = @closedAt, closed_in_version = @inVersion,
    ignored_until = @until, ignored_until_count = @untilCount
  WHERE id = @id`);
const setReopened = query<[at: number, id: number]>(`
  UPDATE bugs SET
    state = 'open', reopened_at = ?, ignored_until = NULL, ignored_until_count = NULL
  WHERE id = ?`);
const setAssignee = query<[assignee: string | null, id: number]>(`UPDATE bugs SET assignee = ? WHERE id = ?`);
const updateTicket = query<[ticket: string | null, id: number]>(`UPDATE bugs SET ticket = ? WHERE id = ?`);

const NOT_IGNORED = { until: null, untilCount: null };

/** Closed again later counts from then. */
export function closeBug(
  { connection }: WriteContext,
  id: number,
  actor: Actor,
  { inVersion }: { readonly inVersion: string | null },
): boolean {
  return act(connection, id, () => {
    setState(connection).run({ id, state: 'closed', closedAt: actor.at, inVersion, ...NOT_IGNORED });
    return { ...actor, what: 'closed', detail: inVersion === null ? '' : `in version ${inVersion}` };
  });
}

/** An open bug stays as it is, without a line. */
export function reopenBug({ connection }: WriteContext, id: number, actor: Actor): boolean {
  return act(connection, id, (bug) => {
    if (bug.state === 'open') return null;
    setReopened(connection).run(actor.at, id);
    return { ...actor, what: 'reopened', detail: '' };
  });
}

/** The same as a person's reopening, by a new occurrence or the end of the ignoring. */
export function reopenByItself(connection: Connection, id: number, at: number, because: string): void {
  setReopened(connection).run(at, id);
  addEvent(connection, id, { at, by: null, what: 'reopened', detail: because });
}

/** Until a moment, until the bug has counted so many, or (both null) until somebody reopens it. */
export function ignoreBug(
  { connection }: WriteContext,
  id: number,
  actor: Actor,
  { until, untilCount }: { readonly until: number | null; readonly untilCount: number | null },
): boolean {
  return act(connection, id, () => {
    setState(connection).run({ id, state: 'ignored', closedAt: null, inVersion: null, until, untilCount });
    const bounds = [
      ...(until === null ? [] : [`until ${new Date(until).toISOString()}`]),
      ...(untilCount === null ? [] : [`until it was counted ${untilCount} times`]),
    ];
    return { ...actor, what: 'ignored', detail: bounds.join(', or ') };
  });
}

export function assignBug(
  { connection }: WriteContext,
  id: number,
  actor: Actor,
  assignee: string | null,
): boolean {
  return act(connection, id, (bug) => {
    if (bug.assignee === assignee) return null;
    setAssignee(connection).run(assignee, id);
    return { ...actor, what: 'assigned', detail: fromTo(bug.assignee, assignee) };
  });
}

export function setTicket(
  { connection }: WriteContext,
  id: number,
  actor: Actor,
  ticket: string | null,
): boolean {
  return act(connection, id, (bug) => {
    if (bug.ticket === ticket) return null;
    updateTicket(connection).run(ticket, id);
    return { ...actor, what: 'ticket', detail: fromTo(bug.ticket, ticket) };
  });
}

export function commentBug({ connection }: WriteContext, id: number, actor: Actor, text: string): boolean {
  return act(connection, id, () => ({ ...actor, what: 'comment', detail: text }));
}

const ignoringEnded = query<[now: number], number>(`
  SELECT id FROM bugs WHERE state = 'ignored' AND ignored_until IS NOT NULL AND ignored_until <= ? LIMIT 1000`);

/** Opens bugs whose ignoring has ended by its date. */
export function endIgnoring({ connection }: WriteContext, now: number): void {
  for (const id of ignoringEnded(connection).pluck().all(now)) {
    reopenByItself(connection, id, now, 'the ignoring has ended');
  }
}

function act(
  connection: Connection,
  id: number,
  change: (bug: BugRecord) => (Actor & { readonly what: EventName; readonly detail: string }) | null,
): boolean {
  const bug = bugRecord(connection, id);
  if (bug === null || bug.duplicateOf !== null) return false;
  const event = change(bug);
  if (event !== null) addEvent(connection, id, event);
  return true;
}

function fromTo(from: string | null, to: string | null): string {
  return `${from ?? '(none)'} → ${to ?? '(none)'}`;
}
