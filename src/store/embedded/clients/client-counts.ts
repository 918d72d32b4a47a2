// Counts by product and day of what clients sent that is no report. What clients can vary is bounded for each day: beyond the
// bound a count goes to the row of all others.
import type { ClientCount, ClientFate } from '../../../report/client-rules.ts';
import type { DayCount } from '../../client-keys.ts';
import type { Within } from '../../reports.ts';
import { productIdsWithin } from '../database/products-within.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { findProductId } from '../transaction/product-rows.ts';

const DAY_MS = 86_400_000;
const MAX_ROWS_OF_DAY = 1000;
const OTHERS = '(others)';

/** Counts on their way to the writer thread. */
export interface CountRow extends ClientCount {
  readonly account: string;
  readonly product: string;
  /** Days since 1970. */
  readonly day: number;
}

type CountKey = readonly [
  productId: number,
  day: number,
  fate: ClientFate,
  kind: string,
  reason: string,
  sdk: string,
];

const addCount = query<[count: number, ...CountKey]>(`
  UPDATE client_counts SET count = count + ?
  WHERE product_id = ? AND day = ? AND fate = ? AND kind = ? AND reason = ? AND sdk = ?`);
const insertCount = query<[...CountKey, count: number]>(`
  INSERT INTO client_counts (product_id, day, fate, kind, reason, sdk, count) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET count = count + excluded.count`);
const rowsOfDay = query<[productId: number, day: number], number>(`
  SELECT count(*) FROM client_counts WHERE product_id = ? AND day = ?`);

/** Adds to the counts; those of a product that does not exist are forgotten. */
export function addClientCounts(context: WriteContext, rows: readonly CountRow[]): void {
  const { connection } = context;
  for (const { account, product, day, fate, kind, reason, sdk, count } of rows) {
    const id = findProductId(context, account, product);
    if (id === null) continue;
    if (addCount(connection).run(count, id, day, fate, kind, reason, sdk).changes > 0) continue;
    const isFull = (rowsOfDay(connection).pluck().get(id, day) ?? 0) >= MAX_ROWS_OF_DAY;
    if (isFull) insertCount(connection).run(id, day, fate, OTHERS, OTHERS, OTHERS, count);
    else insertCount(connection).run(id, day, fate, kind, reason, sdk, count);
  }
}

interface ReadRow extends ClientCount {
  readonly dayNumber: number;
}

const COUNTS = `fate, kind, reason, sdk`;
const selectOfProduct = query<[account: string, product: string, since: number, limit: number], ReadRow>(`
  SELECT day AS dayNumber, ${COUNTS}, count
  FROM client_counts
  JOIN products ON products.id = client_counts.product_id
  JOIN accounts ON accounts.id = products.account_id
  WHERE accounts.name = ? AND products.name = ? AND day >= ?
  ORDER BY day DESC, count DESC LIMIT ?`);
const selectOfAll = query<[{ since: number; products: string | null; limit: number }], ReadRow>(`
  SELECT day AS dayNumber, ${COUNTS}, sum(count) AS count
  FROM client_counts
  WHERE day >= @since AND (@products IS NULL OR product_id IN (SELECT value FROM json_each(@products)))
  GROUP BY day, ${COUNTS} ORDER BY day DESC, sum(count) DESC LIMIT @limit`);

/** Counts since a day, newest first. */
export function clientCounts(
  connection: Connection,
  {
    account,
    product,
    within,
    since,
    limit,
  }: {
    readonly account?: string;
    readonly product?: string;
    readonly within?: Within;
    readonly since: string;
    readonly limit: number;
  },
): readonly DayCount[] {
  const from = Math.floor(Date.parse(`${since}T00:00:00Z`) / DAY_MS);
  const rows =
    account === undefined || product === undefined
      ? selectOfAll(connection).all({
          ...{ since: from, limit },
          products: jsonOf(productIdsWithin(connection, { within })),
        })
      : selectOfProduct(connection).all(account, product, from, limit);
  return rows.map(({ dayNumber, fate, kind, reason, sdk, count }) => ({
    day: dayOf(dayNumber),
    fate,
    kind,
    reason,
    sdk,
    count,
  }));
}

function jsonOf(ids: readonly number[] | null): string | null {
  return ids === null ? null : JSON.stringify(ids);
}

function dayOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
