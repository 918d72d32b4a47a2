// Where a bug's id leads today.
import type { ProductName } from '../../reports.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

const selectSurviving = query<[id: number], number>(`SELECT ifnull(duplicate_of, id) FROM bugs WHERE id = ?`);

/** The bug itself, or the one that it was merged into; null: there is none. */
export function resolveBug(connection: Connection, id: number): number | null {
  return selectSurviving(connection).pluck().get(id) ?? null;
}

const selectProduct = query<[id: number], ProductName>(`
  SELECT accounts.name AS account, products.name AS product
  FROM bugs
  JOIN products ON products.id = bugs.product_id
  JOIN accounts ON accounts.id = products.account_id
  WHERE bugs.id = ?`);

/** The product of a bug, also of one that was merged; null: there is none. */
export function productOf(connection: Connection, id: number): ProductName | null {
  return selectProduct(connection).get(id) ?? null;
}
