// Versions from and to, and platforms, of the bugs of a list: read for all of its rows at once.
import type { BugRow } from '../../bugs.ts';
import type { CompareVersions } from '../../../report/version-schemes.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { productVersionOrder } from '../database/version-rules.ts';

const selectPlaces = query<
  [ids: string],
  { readonly bugId: number; readonly version: string | null; readonly platform: string | null }
>(`
  SELECT bug_id AS bugId, versions.name AS version, platforms.name AS platform
  FROM (
    SELECT DISTINCT bug_id, version_id, platform_id FROM bug_series WHERE bug_id IN (SELECT value FROM json_each(?)))
  LEFT JOIN labels AS versions ON versions.id = version_id
  LEFT JOIN labels AS platforms ON platforms.id = platform_id`);
const idOfProduct = query<[account: string, product: string], number>(`
  SELECT products.id FROM products JOIN accounts ON accounts.id = products.account_id
  WHERE accounts.name = ? AND products.name = ?`);

/** The rows with what the series of each say; where no version has a number, with what crashes said when they arrived. */
export function withSpans(connection: Connection, rows: readonly BugRow[]): readonly BugRow[] {
  const places = Map.groupBy(
    selectPlaces(connection).all(JSON.stringify(rows.map(({ id }) => id))),
    ({ bugId }) => bugId,
  );
  const orderOf = productOrders(connection);
  return rows.map((row) => {
    const mine = places.get(row.id) ?? [];
    const versions = distinct(mine.map(({ version }) => version)).toSorted(orderOf(row));
    return {
      ...row,
      firstVersion: versions[0] ?? row.firstVersion,
      lastVersion: versions.at(-1) ?? row.lastVersion,
      platforms: distinct(mine.map(({ platform }) => platform)).toSorted(),
    };
  });
}

function distinct(names: readonly (string | null)[]): readonly string[] {
  return [...new Set(names)].filter((name) => name !== null);
}

/** The order of versions in the product of a row, looked up once for each product. */
export function productOrders(
  connection: Connection,
): (row: Pick<BugRow, 'account' | 'product'>) => CompareVersions {
  const known = new Map<string, CompareVersions>();
  return ({ account, product }) => {
    const name = JSON.stringify([account, product]);
    const order =
      known.get(name) ??
      productVersionOrder(connection, idOfProduct(connection).pluck().get(account, product) ?? 0);
    known.set(name, order);
    return order;
  };
}
