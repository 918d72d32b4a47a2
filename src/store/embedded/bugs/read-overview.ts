// A product at a glance.
import type { ProductOverview } from '../../bugs.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { bugRow } from './bug-row.ts';
import { dayOf, dayText, startOfDay } from '../../shared/days.ts';

const LIST_LENGTH = 10;
/** The top list is chosen among so many bugs of the period with the highest counts of all time. */
const TOP_CANDIDATES = 300;

const productId = query<[account: string, product: string], number>(`
  SELECT products.id FROM products JOIN accounts ON accounts.id = products.account_id
  WHERE accounts.name = ? AND products.name = ?`);

const selectSeries = query<
  [productId: number, from: number, to: number],
  { day: number; version: string | null; platform: string | null; count: number }
>(`
  SELECT day, versions.name AS version, NULL AS platform, sum(count) AS count
  FROM product_series LEFT JOIN labels AS versions ON versions.id = version_id
  WHERE product_series.product_id = ? AND day >= ? AND day <= ?
  GROUP BY day, version_id ORDER BY day, count DESC`);

const mostCounted = query<[productId: number, shelf: string, seenFrom: number, limit: number], number>(`
  SELECT id FROM bugs INDEXED BY bugs_of_product_by_count
  WHERE product_id = ? AND shelf = ? AND last_seen_at >= ? ORDER BY count DESC LIMIT ?`);
const countSince = query<[bugId: number, from: number], number>(`
  SELECT ifnull(sum(count), 0) FROM bug_days WHERE bug_id = ? AND day >= ?`);
const newest = query<[productId: number, since: number, limit: number], number>(`
  SELECT id FROM bugs INDEXED BY bugs_of_product_by_first_seen
  WHERE product_id = ? AND shelf = 'open' AND first_seen_at >= ? ORDER BY first_seen_at DESC, id DESC LIMIT ?`);
const reopened = query<[productId: number, since: number, limit: number], number>(`
  SELECT id FROM bugs WHERE product_id = ? AND reopened_at >= ? AND shelf = 'open'
  ORDER BY reopened_at DESC LIMIT ?`);
const installationsSince = query<[productId: number, day: number], number>(`
  SELECT count(*) FROM product_installations WHERE product_id = ? AND last_day >= ?`);

/** The last `days` days, ending today (UTC). Empty for a product that does not exist. */
export function productOverview(
  connection: Connection,
  [account, product]: readonly [account: string, product: string],
  days: number,
  now: number,
): ProductOverview {
  const id = productId(connection).pluck().get(account, product) ?? 0;
  const today = dayOf(now);
  const from = today - days + 1;
  const series = selectSeries(connection)
    .all(id, from, today)
    .map(({ day, version, platform, count }) => ({ day: dayText(day), version, platform, count }));
  const top = ['open', 'ignored', 'closed']
    .flatMap((shelf) => mostCounted(connection).pluck().all(id, shelf, startOfDay(from), TOP_CANDIDATES))
    .map((bugId) => ({ bugId, count: countSince(connection).pluck().get(bugId, from) ?? 0 }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count || a.bugId - b.bugId)
    .slice(0, LIST_LENGTH)
    .map(({ bugId }) => bugId);
  const rows = (ids: readonly number[]) => ids.flatMap((bugId) => bugRow(connection, bugId, now) ?? []);
  return {
    series,
    topBugs: rows(top),
    newBugs: rows(newest(connection).pluck().all(id, startOfDay(from), LIST_LENGTH)),
    reopenedBugs: rows(reopened(connection).pluck().all(id, startOfDay(from), LIST_LENGTH)),
    installations: installationsSince(connection).pluck().get(id, from) ?? 0,
    crashes: series.reduce((sum, { count }) => sum + count, 0),
  };
}
