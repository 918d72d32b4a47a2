// Release health: the read.
import type { SessionDay } from '../../release-health.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

const DAY_MS = 86_400_000;

const selectDays = query<
  [account: string, product: string, since: number, limit: number],
  Omit<SessionDay, 'day'> & { readonly dayNumber: number }
>(`
  SELECT day AS dayNumber, release, environment, sessions, errored, unhandled, abnormal, crashed, users,
    crashed_users AS crashedUsers
  FROM session_counts
  JOIN products ON products.id = session_counts.product_id
  JOIN accounts ON accounts.id = products.account_id
  WHERE accounts.name = ? AND products.name = ? AND day >= ?
  ORDER BY day DESC, sessions DESC, release, environment LIMIT ?`);

/** Counts by day, release and environment, newest day first. */
export function sessionDays(
  connection: Connection,
  {
    account,
    product,
    since,
    limit,
  }: { readonly account: string; readonly product: string; readonly since: string; readonly limit: number },
): readonly SessionDay[] {
  const from = Math.floor(Date.parse(`${since}T00:00:00Z`) / DAY_MS);
  return selectDays(connection)
    .all(account, product, from, limit)
    .map(({ dayNumber, ...row }) =>
      Object.assign(row, { day: new Date(dayNumber * DAY_MS).toISOString().slice(0, 10) }),
    );
}
