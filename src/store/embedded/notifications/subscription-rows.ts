// What people want to be told: one wish for each person and product.
import type { Notice, Subscription } from '../../notifications.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';

interface SubscriptionRow {
  readonly id: number;
  readonly userId: number;
  readonly account: string;
  readonly product: string | null;
  readonly notices: string;
  readonly quietFrom: number | null;
  readonly quietTo: number | null;
  readonly search: string | null;
}

const COLUMNS = `id, user_id AS userId, account, product, notices, quiet_from AS quietFrom, quiet_to AS quietTo, search`;
const selectAll = query<[], SubscriptionRow>(`SELECT ${COLUMNS} FROM subscriptions ORDER BY id`);
const selectOfUser = query<[userId: number], SubscriptionRow>(`
  SELECT ${COLUMNS} FROM subscriptions WHERE user_id = ? ORDER BY account, product`);

/** Those of a person, or all. */
export function listSubscriptions(connection: Connection, userId: number | null): readonly Subscription[] {
  const rows = userId === null ? selectAll(connection).all() : selectOfUser(connection).all(userId);
  return rows.map(({ notices, quietFrom, quietTo, id, userId: owner, account, product, search }) => ({
    id,
    userId: owner,
    account,
    product,
    notices: JSON.parse(notices) as Notice[],
    quietHours: quietFrom === null || quietTo === null ? null : { from: quietFrom, to: quietTo },
    search,
  }));
}

const upsert = query<
  [
    userId: number,
    account: string,
    product: string | null,
    notices: string,
    quietFrom: number | null,
    quietTo: number | null,
    search: string | null,
  ],
  number
>(`
  INSERT INTO subscriptions (user_id, account, product, notices, quiet_from, quiet_to, search)
  VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET
    notices = excluded.notices, quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to,
    search = excluded.search
  RETURNING id`);

/** A second wish for the same product replaces the first. */
export function saveSubscription(
  { connection }: WriteContext,
  subscription: Omit<Subscription, 'id'>,
): Subscription {
  const { userId, account, product, notices, quietHours, search = null } = subscription;
  const [from, to] = [quietHours?.from ?? null, quietHours?.to ?? null];
  const id = upsert(connection)
    .pluck()
    .get(userId, account, product, JSON.stringify(notices), from, to, search);
  if (id === undefined) throw new Error('a subscription could not be stored');
  return { ...subscription, id };
}

const deleteOne = query<[userId: number, id: number]>(`
  DELETE FROM subscriptions WHERE user_id = ? AND id = ?`);

export function deleteSubscription({ connection }: WriteContext, userId: number, id: number): boolean {
  return deleteOne(connection).run(userId, id).changes > 0;
}
