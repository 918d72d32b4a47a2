// Tickets that bugs name, what their trackers last said of them, and the right to make one.
import type { HeldClaim, Ticket, TicketAnswer, TicketClaim } from '../../tickets.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { findProductId } from '../transaction/product-rows.ts';
import type { WriteContext } from '../transaction/write-context.ts';

/** A tracker that is asked answers within seconds: what takes longer was the process's death. */
const CLAIM_MS = 120_000;
const LEASE_MS = 60_000;
/** How often a tracker is asked of a ticket: an open one, a closed one, and one that it did not answer of. */
const OPEN_MS = 15 * 60_000;
const CLOSED_MS = 6 * 3_600_000;
const FAULT_MS = 3_600_000;
/** Tickets of a product that are asked for. */
const MAX_TICKETS = 20_000;
const MAX_STATE = 100;
const MAX_FAULT = 500;

interface ProductNamed {
  readonly account: string;
  readonly product: string;
}

const selectBug = query<[bugId: number], { ticket: string | null }>(`SELECT ticket FROM bugs WHERE id = ?`);
const selectClaim = query<[bugId: number], { at: number; state: string; fault: string | null }>(`
  SELECT at, state, fault FROM ticket_claims WHERE bug_id = ?`);
const putClaim = query<[bugId: number, at: number, state: string, fault: string | null]>(`
  INSERT INTO ticket_claims (bug_id, at, state, fault) VALUES (?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET at = excluded.at, state = excluded.state, fault = excluded.fault`);
const dropClaim = query<[bugId: number]>(`DELETE FROM ticket_claims WHERE bug_id = ?`);
const dropOrphans = query<[]>(`DELETE FROM ticket_claims WHERE bug_id NOT IN (SELECT id FROM bugs)`);

/** Null: nobody holds one. */
export function claimOf(connection: Connection, bugId: number, now: number): HeldClaim | null {
  const held = selectClaim(connection).get(bugId);
  if (held === undefined) return null;
  if (held.state === 'asking' && now - held.at < CLAIM_MS) return { is: 'asking' };
  return { is: 'unknown', at: held.at, fault: held.fault };
}

export function claimTicket(
  { connection }: WriteContext,
  bugId: number,
  again: boolean,
  now: number,
): TicketClaim {
  const bug = selectBug(connection).get(bugId);
  if (bug === undefined) return { is: 'no_bug' };
  if (bug.ticket !== null) return { is: 'has_ticket' };
  const held = claimOf(connection, bugId, now);
  if (held !== null && (held.is === 'asking' || !again)) return held;
  dropOrphans(connection).run();
  putClaim(connection).run(bugId, now, 'asking', null);
  return { is: 'claimed' };
}

export function releaseTicket({ connection }: WriteContext, bugId: number): void {
  dropClaim(connection).run(bugId);
}

export function loseTicket({ connection }: WriteContext, bugId: number, fault: string, now: number): void {
  putClaim(connection).run(bugId, now, 'unknown', fault.slice(0, MAX_FAULT));
}

const COLUMNS = `ticket, key, tickets.url, tickets.state, is_closed AS isClosed, checked_at AS checkedAt, fault`;
type TicketRow = Omit<Ticket, 'isClosed'> & { readonly isClosed: number | null };

function ticketFrom<R extends TicketRow>({ isClosed, ...row }: R): Omit<R, 'isClosed'> & Ticket {
  return { ...row, isClosed: isClosed === null ? null : isClosed === 1 };
}

const selectTicket = query<[account: string, product: string, ticket: string], TicketRow>(`
  SELECT ${COLUMNS} FROM tickets JOIN products ON products.id = tickets.product_id
  JOIN accounts ON accounts.id = products.account_id
  WHERE accounts.name = ? AND products.name = ? AND ticket = ?`);

export function ticketOf(
  connection: Connection,
  { account, product }: ProductNamed,
  ticket: string,
): Ticket | null {
  const row = selectTicket(connection).get(account, product, ticket);
  return row === undefined ? null : ticketFrom(row);
}

const countTickets = query<[productId: number], number>(`SELECT count(*) FROM tickets WHERE product_id = ?`);
const isWatched = query<[productId: number, ticket: string], number>(`
  SELECT 1 FROM tickets WHERE product_id = ? AND ticket = ?`);
const insertTicket = query<[productId: number, ticket: string, key: string, url: string, dueAt: number]>(`
  INSERT INTO tickets (product_id, ticket, key, url, due_at) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET key = excluded.key, url = excluded.url`);
const setState = query<
  [state: string, isClosed: number, checkedAt: number, dueAt: number, productId: number, ticket: string]
>(`
  UPDATE tickets SET state = ?, is_closed = ?, checked_at = ?, fault = NULL, due_at = ?
  WHERE product_id = ? AND ticket = ?`);
const setFault = query<[fault: string, dueAt: number, productId: number, ticket: string]>(`
  UPDATE tickets SET fault = ?, due_at = ? WHERE product_id = ? AND ticket = ?`);

export function watchTicket(
  context: WriteContext,
  { account, product }: ProductNamed,
  { ticket, key, url }: Pick<Ticket, 'ticket' | 'key' | 'url'>,
  answer: TicketAnswer | null,
  now: number,
): void {
  const { connection } = context;
  const productId = findProductId(context, account, product);
  if (productId === null) return;
  // The limit refuses new ones; those that are watched go on.
  const isNew = isWatched(connection).pluck().get(productId, ticket) === undefined;
  if (isNew && (countTickets(connection).pluck().get(productId) ?? 0) >= MAX_TICKETS) return;
  insertTicket(connection).run(productId, ticket, key, url, now);
  if (answer === null) return;
  if ('fault' in answer) {
    setFault(connection).run(answer.fault.slice(0, MAX_FAULT), now + FAULT_MS, productId, ticket);
    return;
  }
  const wait = answer.isClosed ? CLOSED_MS : OPEN_MS;
  setState(connection).run(
    ...([answer.state.slice(0, MAX_STATE), answer.isClosed ? 1 : 0, now, now + wait] as const),
    ...([productId, ticket] as const),
  );
}

const anyDue = query<[now: number], number>(`SELECT 1 FROM tickets WHERE due_at <= ? LIMIT 1`);
const selectDue = query<
  [now: number, limit: number],
  TicketRow & ProductNamed & { readonly productId: number }
>(`
  SELECT ${COLUMNS}, accounts.name AS account, products.name AS product, tickets.product_id AS productId
  FROM tickets JOIN products ON products.id = tickets.product_id JOIN accounts ON accounts.id = products.account_id
  WHERE due_at <= ? ORDER BY due_at LIMIT ?`);
const isNamed = query<[productId: number, ticket: string], number>(`
  SELECT 1 FROM bugs WHERE product_id = ? AND ticket = ? LIMIT 1`);
const postpone = query<[until: number, productId: number, ticket: string]>(`
  UPDATE tickets SET due_at = ? WHERE product_id = ? AND ticket = ?`);
const forget = query<[productId: number, ticket: string]>(
  `DELETE FROM tickets WHERE product_id = ? AND ticket = ?`,
);

export function hasDueTickets(connection: Connection, now: number): boolean {
  return anyDue(connection).pluck().get(now) !== undefined;
}

/** Those that no bug names any longer are forgotten. */
export function takeTickets(
  { connection }: WriteContext,
  limit: number,
  now: number,
): readonly (Ticket & ProductNamed)[] {
  return selectDue(connection)
    .all(now, limit)
    .flatMap(({ productId, ...row }) => {
      if (isNamed(connection).pluck().get(productId, row.ticket) === undefined) {
        forget(connection).run(productId, row.ticket);
        return [];
      }
      postpone(connection).run(now + LEASE_MS, productId, row.ticket);
      return [ticketFrom(row)];
    });
}
