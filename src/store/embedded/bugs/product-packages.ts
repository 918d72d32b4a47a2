// In which packages crashes of a product begin, and which of them it was found to live in.
import type { ProductPackage } from '../../bugs.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

const OF_PRODUCT = `
  FROM accounts JOIN products ON products.account_id = accounts.id
    JOIN product_packages ON product_packages.product_id = products.id
  WHERE accounts.name = ? AND products.name = ?`;

const selectPackages = query<[account: string, product: string], ProductPackage>(`
  SELECT package AS name, count, learned_at AS learnedAt ${OF_PRODUCT} ORDER BY count DESC, package`);
const selectLearned = query<[account: string, product: string], string>(`
  SELECT package ${OF_PRODUCT} AND learned_at IS NOT NULL ORDER BY package`);

/** The most frequent first. */
export function packagesOf(
  connection: Connection,
  account: string,
  product: string,
): readonly ProductPackage[] {
  return selectPackages(connection).all(account, product);
}

/** Those that are taken for its own. */
export function learnedPackages(connection: Connection, account: string, product: string): readonly string[] {
  return selectLearned(connection).pluck().all(account, product);
}
