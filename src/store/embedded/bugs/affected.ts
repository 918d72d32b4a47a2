// Installations affected: distinct by case, bug and product. Each row counts the crashes that name it, so that it can be taken back.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import type { Owner } from './case-series.ts';

/** Beyond so many the number of a bug's or product's installations stands still: clients choose the names. */
const MAX_OF_BUG = 100_000;
const MAX_OF_PRODUCT = 500_000;

type RowParameters = [owner: number, installation: Uint8Array];

const knownToBug = query<RowParameters, number>(`
  SELECT 1 FROM bug_installations WHERE bug_id = ? AND installation = ?`);

const add = {
  case: query<RowParameters>(`
    INSERT INTO case_installations (case_id, installation, count) VALUES (?, ?, 1)
    ON CONFLICT DO UPDATE SET count = count + 1`),
  bug: query<RowParameters>(`
    INSERT INTO bug_installations (bug_id, installation, count) VALUES (?, ?, 1)
    ON CONFLICT DO UPDATE SET count = count + 1`),
  product: query<[...RowParameters, day: number]>(`
    INSERT INTO product_installations (product_id, installation, count, last_day) VALUES (?, ?, 1, ?)
    ON CONFLICT DO UPDATE SET count = count + 1, last_day = max(last_day, excluded.last_day)`),
};

const subtract = {
  case: query<RowParameters>(subtraction('case_installations', 'case_id')),
  bug: query<RowParameters>(subtraction('bug_installations', 'bug_id')),
  product: query<RowParameters>(subtraction('product_installations', 'product_id')),
};

const clear = {
  case: query<RowParameters>(clearance('case_installations', 'case_id')),
  bug: query<RowParameters>(clearance('bug_installations', 'bug_id')),
  product: query<RowParameters>(clearance('product_installations', 'product_id')),
};

const knownToProduct = query<RowParameters, number>(`
  SELECT 1 FROM product_installations WHERE product_id = ? AND installation = ?`);
const ofProduct = query<[id: number], number>(`SELECT installations FROM products WHERE id = ?`);
const countOfProduct = query<[by: number, id: number]>(`
  UPDATE products SET installations = installations + ? WHERE id = ?`);
const countOfBug = query<[by: number, id: number]>(`
  UPDATE bugs SET installations = installations + ? WHERE id = ?`);

/** Counts an installation. False: there are too many, and this one was left out. */
export function addInstallation(
  connection: Connection,
  owner: Owner & { readonly installations: number },
  installation: Uint8Array,
  day: number,
): boolean {
  const known = knownToBug(connection).get(owner.bugId, installation) !== undefined;
  if (!known && owner.installations >= MAX_OF_BUG) return false;
  // What the bug knows the product knows too.
  const isNew = !known && knownToProduct(connection).get(owner.productId, installation) === undefined;
  if (isNew && (ofProduct(connection).pluck().get(owner.productId) ?? 0) >= MAX_OF_PRODUCT) return false;
  add.case(connection).run(owner.caseId, installation);
  add.bug(connection).run(owner.bugId, installation);
  add.product(connection).run(owner.productId, installation, day);
  if (!known) countOfBug(connection).run(1, owner.bugId);
  if (isNew) countOfProduct(connection).run(1, owner.productId);
  return true;
}

/** Takes one back. */
export function subtractInstallation(connection: Connection, owner: Owner, installation: Uint8Array): void {
  subtract.case(connection).run(owner.caseId, installation);
  clear.case(connection).run(owner.caseId, installation);
  subtract.bug(connection).run(owner.bugId, installation);
  if (clear.bug(connection).run(owner.bugId, installation).changes > 0) {
    countOfBug(connection).run(-1, owner.bugId);
  }
  subtract.product(connection).run(owner.productId, installation);
  if (clear.product(connection).run(owner.productId, installation).changes > 0) {
    countOfProduct(connection).run(-1, owner.productId);
  }
}

function subtraction(table: string, owner: string): string {
  return `UPDATE ${table} SET count = count - 1 WHERE ${owner} = ? AND installation = ?`;
}

function clearance(table: string, owner: string): string {
  return `DELETE FROM ${table} WHERE ${owner} = ? AND installation = ? AND count <= 0`;
}
