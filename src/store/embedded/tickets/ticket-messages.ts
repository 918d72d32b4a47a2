// What trackers are to be told, and the log of what they were told: gathered from the history of bugs that have tickets.
import type { TicketMessage, TrackerSettings } from '../../tickets.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { lastEvent, setToldUntil, toldUntil } from './ticket-events.ts';

/** Events that one transaction looks at. */
const MAX_EVENTS = 5000;
/** How long a message is out with one process. */
const LEASE_MS = 60_000;
/** Messages that are through stay in the log, but no more than this. */
const MAX_LOG = 5000;
const MAX_ERROR = 500;

const selectEvents = query<
  [from: number, to: number],
  {
    id: number;
    bugId: number;
    at: number;
    by: string | null;
    what: string;
    detail: string;
    productId: number;
    ticket: string;
    settings: string;
  }
>(`
  SELECT
    bug_events.id, bug_events.bug_id AS bugId, bug_events.at, bug_events.by, what, opened(detail, 'bug_events.detail') AS detail, bugs.product_id AS productId,
    bugs.ticket, trackers.settings
  FROM bug_events JOIN bugs ON bugs.id = bug_events.bug_id JOIN trackers ON trackers.product_id = bugs.product_id
  WHERE bug_events.id > ? AND bug_events.id <= ? AND what IN ('closed', 'reopened') AND bugs.ticket IS NOT NULL
    AND trackers.token IS NOT NULL
  ORDER BY bug_events.id`);
const insert = query<
  [
    eventId: number,
    part: string,
    bugId: number,
    productId: number,
    ticket: string,
    what: string,
    detail: string,
    byPerson: number,
    at: number,
    dueAt: number,
  ]
>(`
  INSERT INTO ticket_messages (event_id, part, bug_id, product_id, ticket, what, detail, by_person, at, due_at)
  VALUES (?, ?, ?, ?, ?, ?, sealed(?, 'ticket_messages.detail'), ?, ?, ?) ON CONFLICT DO NOTHING`);
// The state of a ticket follows a person who opens a bug again only where it was closed with the bug: who closed it by hand had reasons.
const selectStates = query<[], { readonly bugId: number; readonly ticket: string; readonly what: string }>(`
  SELECT bug_id AS bugId, ticket, what FROM ticket_messages WHERE part = 'close' AND state <> 'given_up' ORDER BY id`);
const forgetBeyond = query<[keep: number]>(`
  DELETE FROM ticket_messages WHERE id IN (
    SELECT id FROM ticket_messages WHERE state <> 'due' ORDER BY id DESC LIMIT -1 OFFSET ?)`);

/** Whether there is an event that no message was made of yet. */
export function hasNewEvents(connection: Connection): boolean {
  const told = toldUntil(connection);
  return told !== null && lastEvent(connection) > told;
}

/** True: there is more. */
export function gatherTicketMessages({ connection }: WriteContext, now: number): boolean {
  const told = toldUntil(connection);
  if (told === null) return false;
  const last = lastEvent(connection);
  const until = Math.min(last, told + MAX_EVENTS);
  const states = new Map<string, string>();
  const key = ({ bugId, ticket }: { readonly bugId: number; readonly ticket: string }) =>
    `${bugId} ${ticket}`;
  const events = selectEvents(connection).all(told, until);
  if (events.length > 0)
    for (const message of selectStates(connection).all()) states.set(key(message), message.what);
  for (const event of events) {
    const { comments, closes } = JSON.parse(event.settings) as TrackerSettings;
    const follows = event.what === 'closed' || (event.by !== null && states.get(key(event)) === 'closed');
    const parts = [...(comments ? ['comment'] : []), ...(closes && follows ? ['close'] : [])];
    if (parts.includes('close')) states.set(key(event), event.what);
    for (const part of parts) {
      insert(connection).run(
        ...([event.id, part, event.bugId, event.productId, event.ticket, event.what] as const),
        ...([event.detail, event.by === null ? 0 : 1, event.at, now] as const),
      );
    }
  }
  forgetBeyond(connection).run(MAX_LOG);
  setToldUntil(connection, until);
  return until < last;
}

const COLUMNS = `
  ticket_messages.id, accounts.name AS account, products.name AS product, bug_id AS bugId, ticket, part, what,
  opened(detail, 'ticket_messages.detail') AS detail, by_person AS byPerson, at, attempts, state, opened(last_error, 'ticket_messages.last_error') AS lastError`;
const FROM = `
  FROM ticket_messages JOIN products ON products.id = ticket_messages.product_id
  JOIN accounts ON accounts.id = products.account_id`;

type MessageRow = Omit<TicketMessage, 'byPerson'> & { readonly byPerson: number };

function messageOf({ byPerson, ...row }: MessageRow): TicketMessage {
  return { ...row, byPerson: byPerson === 1 };
}

const anyDue = query<[now: number], number>(`
  SELECT 1 FROM ticket_messages WHERE state = 'due' AND due_at <= ? LIMIT 1`);
// Of one bug the next message waits for the one before: a comment that it opened again must not stand before that it was closed.
const selectDue = query<[now: number, limit: number], MessageRow>(`
  SELECT ${COLUMNS} ${FROM} WHERE state = 'due' AND due_at <= ? AND NOT EXISTS (
    SELECT 1 FROM ticket_messages AS before
    WHERE before.bug_id = ticket_messages.bug_id AND before.id < ticket_messages.id AND before.state = 'due'
      AND before.product_id = ticket_messages.product_id)
  ORDER BY due_at, ticket_messages.id LIMIT ?`);
const take = query<[until: number, id: number]>(`
  UPDATE ticket_messages SET due_at = ?, attempts = attempts + 1 WHERE id = ?`);

export function hasDueMessages(connection: Connection, now: number): boolean {
  return anyDue(connection).pluck().get(now) !== undefined;
}

// What a bulk act did is no news once it is undone: its lines of history are gone then.
const dropUndone = query<[]>(`
  DELETE FROM ticket_messages
  WHERE state = 'due' AND NOT EXISTS (SELECT 1 FROM bug_events WHERE bug_events.id = ticket_messages.event_id)`);

/** `attempts` counts this one. */
export function takeTicketMessages(
  { connection }: WriteContext,
  limit: number,
  now: number,
): readonly TicketMessage[] {
  dropUndone(connection).run();
  const rows = selectDue(connection).all(now, limit);
  for (const { id } of rows) take(connection).run(now + LEASE_MS, id);
  return rows.map((row) => messageOf({ ...row, attempts: row.attempts + 1 }));
}

const setDone = query<[at: number, id: number]>(`
  UPDATE ticket_messages SET state = 'done', ended_at = ?, last_error = NULL WHERE id = ? AND state = 'due'`);
const setRetry = query<[retryAt: number, error: string, id: number]>(`
  UPDATE ticket_messages SET due_at = ?, last_error = sealed(?, 'ticket_messages.last_error') WHERE id = ? AND state = 'due'`);
const setGivenUp = query<[at: number, error: string, id: number]>(`
  UPDATE ticket_messages SET state = 'given_up', ended_at = ?, last_error = sealed(?, 'ticket_messages.last_error') WHERE id = ? AND state = 'due'`);

export function ticketMessageDone({ connection }: WriteContext, id: number, now: number): void {
  setDone(connection).run(now, id);
}

export function ticketMessageFailed(
  { connection }: WriteContext,
  id: number,
  { error, retryAt }: { readonly error: string; readonly retryAt: number | null },
  now: number,
): void {
  const detail = error.slice(0, MAX_ERROR);
  if (retryAt === null) setGivenUp(connection).run(now, detail, id);
  else setRetry(connection).run(retryAt, detail, id);
}

const selectLog = query<[account: string, product: string, limit: number], MessageRow>(`
  SELECT ${COLUMNS} ${FROM} WHERE accounts.name = ? AND products.name = ? ORDER BY ticket_messages.id DESC LIMIT ?`);

export function listTicketMessages(
  connection: Connection,
  { account, product }: { readonly account: string; readonly product: string },
  limit: number,
): readonly TicketMessage[] {
  return selectLog(connection)
    .all(account, product, limit)
    .map((row) => messageOf(row));
}
