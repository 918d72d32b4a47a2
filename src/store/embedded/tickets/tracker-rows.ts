// The trackers of products. Their tokens stand beside the settings, so that nothing that shows settings can show one.
import type { Tracker, TrackerSettings } from '../../tickets.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { findProductId } from '../transaction/product-rows.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { skipEvents } from './ticket-events.ts';

interface ProductNamed {
  readonly account: string;
  readonly product: string;
}

const selectTracker = query<[account: string, product: string], { settings: string; token: string | null }>(`
  SELECT settings, token FROM trackers JOIN products ON products.id = trackers.product_id
  JOIN accounts ON accounts.id = products.account_id WHERE accounts.name = ? AND products.name = ?`);

export function trackerOf(connection: Connection, { account, product }: ProductNamed): Tracker | null {
  const row = selectTracker(connection).get(account, product);
  if (row === undefined) return null;
  return { account, product, settings: JSON.parse(row.settings) as TrackerSettings, token: row.token };
}

const anyTracker = query<[], number>(`SELECT 1 FROM trackers LIMIT 1`);
const upsert = query<[productId: number, settings: string, token: string | null]>(`
  INSERT INTO trackers (product_id, settings, token) VALUES (?, ?, ?)
  ON CONFLICT DO UPDATE SET settings = excluded.settings, token = excluded.token`);
const tokenOf = query<[productId: number], string | null>(`SELECT token FROM trackers WHERE product_id = ?`);

export function saveTracker(
  context: WriteContext,
  { account, product }: ProductNamed,
  settings: TrackerSettings,
  token: string | null | undefined,
): boolean {
  const { connection } = context;
  const productId = findProductId(context, account, product);
  if (productId === null) return false;
  // The first tracker of all is not told of what happened before.
  if (anyTracker(connection).pluck().get() === undefined) skipEvents(connection);
  const kept = token === undefined ? (tokenOf(connection).pluck().get(productId) ?? null) : token;
  upsert(connection).run(productId, JSON.stringify(settings), kept);
  return true;
}

const deleteOne = query<[productId: number]>(`DELETE FROM trackers WHERE product_id = ?`);
const deleteTickets = query<[productId: number]>(`DELETE FROM tickets WHERE product_id = ?`);
const giveUp = query<[at: number, productId: number]>(`
  UPDATE ticket_messages SET state = 'given_up', ended_at = ?, last_error = 'The tracker was taken away.'
  WHERE product_id = ? AND state = 'due'`);

export function deleteTracker(
  context: WriteContext,
  { account, product }: ProductNamed,
  now: number,
): boolean {
  const { connection } = context;
  const productId = findProductId(context, account, product);
  if (productId === null || deleteOne(connection).run(productId).changes === 0) return false;
  deleteTickets(connection).run(productId);
  giveUp(connection).run(now, productId);
  return true;
}
