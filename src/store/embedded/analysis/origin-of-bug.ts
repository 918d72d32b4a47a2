// Which release brought a bug: the oldest one that has it, and how likely older ones would have shown it.
import type { Origin } from '../../crash-analysis.ts';
import { binomialAtMost } from '../../../search/statistics/distributions.ts';
import type { Query } from '../../../search/query/query-tree.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { productVersionOrder } from '../database/version-rules.ts';
import { all, askProduct, isAnyOf, isBefore } from '../releases/ask-product.ts';

const bugPlace = query<[bugId: number], { productId: number; account: string; product: string }>(`
  SELECT products.id AS productId, accounts.name AS account, products.name AS product
  FROM bugs JOIN products ON products.id = bugs.product_id JOIN accounts ON accounts.id = products.account_id
  WHERE bugs.id = ?`);
const versionsOfBug = query<[bugId: number], string>(`
  SELECT DISTINCT name FROM bug_series JOIN labels ON labels.id = version_id WHERE bug_id = ? AND count > 0`);
const versionsOfProduct = query<[productId: number], string>(`
  SELECT DISTINCT name FROM product_series JOIN labels ON labels.id = version_id
  WHERE product_series.product_id = ? AND count > 0`);

/** Null: no crash of the bug names a version, or no stored report has the oldest one. */
export function originOfBug(connection: Connection, bugId: number, now: number): Origin | null {
  const place = bugPlace(connection).get(bugId);
  if (place === undefined) return null;
  const order = productVersionOrder(connection, place.productId);
  const [version] = versionsOfBug(connection).pluck().all(bugId).toSorted(order);
  if (version === undefined) return null;
  const before = versionsOfProduct(connection)
    .pluck()
    .all(place.productId)
    .filter((name) => order(name, version) < 0)
    .toSorted(order)
    .at(-1);
  const here = isAnyOf('version', [version]);
  const count = (asked: Query): number =>
    askProduct(connection, place, asked, { distinct: ['installation'] }, now).distinct[0] ?? 0;
  const installations = count(here);
  const affected = count(all(here, isAnyOf('bug', [String(bugId)])));
  const olderInstallations = before === undefined ? 0 : count(isBefore(version));
  const exposed = installations + olderInstallations;
  return {
    version,
    before: before ?? null,
    olderInstallations,
    installations,
    affected,
    // As many in the older releases as in this one: how likely are none of them there?
    p: exposed === 0 ? 1 : binomialAtMost(0, affected, olderInstallations / exposed),
  };
}
