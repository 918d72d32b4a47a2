// Accounts and products in the writer thread: found, or made.
import { query } from '../database/query.ts';
import { dataRulesJson } from '../../../report/privacy/data-rules.ts';
import type { ProductChange } from '../../people.ts';
import type { WriteContext } from './write-context.ts';

const productId = query<[account: string, product: string], number>(`
  SELECT products.id
  FROM products JOIN accounts ON accounts.id = products.account_id
  WHERE accounts.id = (SELECT account_id FROM account_names WHERE name = ?) AND products.name = ?`);

/** By a name that it has or had. */
const accountId = query<[name: string], number>(`SELECT account_id FROM account_names WHERE name = ?`);
const isClosed = query<[name: string], number>(`
  SELECT 1 FROM accounts JOIN account_names ON account_names.account_id = accounts.id
  WHERE account_names.name = ? AND accounts.closed_at IS NOT NULL`);

const insertAccount = query<[name: string, at: number]>(
  `INSERT INTO accounts (name, created_at) VALUES (?, ?)`,
);
const insertName = query<[name: string, id: number]>(
  `INSERT INTO account_names (name, account_id) VALUES (?, ?)`,
);

const insertProduct = query<[accountId: number, name: string, at: number, automatic: number]>(`
  INSERT INTO products (account_id, name, created_at, automatic) VALUES (?, ?, ?, ?)`);

/** Every product has a key from the start, so that its DSN can be shown. */
const insertFirstKey = query<[productId: number, at: number]>(`
  INSERT INTO product_keys (product_id, key, label, created_at) VALUES (?, lower(hex(randomblob(16))), 'first', ?)`);

const countAutomatic = query<[], number>(`SELECT count(*) FROM products WHERE automatic = 1`);

/** The id of a product, or null where it does not exist. */
export function findProductId(
  { connection, names }: WriteContext,
  account: string,
  product: string,
): number | null {
  const key = `${account}\0${product}`;
  const known = names.products.get(key);
  if (known !== undefined) return known;
  const id = productId(connection).pluck().get(account, product);
  if (id === undefined) return null;
  names.products.set(key, id);
  return id;
}

/**
 * The id of a product that a row needs. It is made where it is missing, with its account: whether it may exist was the
 * caller's question; an accepted report is never lost over it.
 */
export function requireProductId(context: WriteContext, account: string, product: string): number {
  const found = findProductId(context, account, product);
  if (found !== null) return found;
  if (accountId(context.connection).pluck().get(account) === undefined) {
    const { lastInsertRowid } = insertAccount(context.connection).run(account, Date.now());
    insertName(context.connection).run(account, Number(lastInsertRowid));
  }
  addProduct(context, account, product, true);
  return findProductId(context, account, product) ?? fail(product);
}

/** A first report's product. `maxAutomatic` 0: automatic products are off. */
export function createAutomaticProduct(
  context: WriteContext,
  account: string,
  product: string,
  maxAutomatic: number,
): boolean {
  if (isClosed(context.connection).pluck().get(account) !== undefined) return false;
  if (findProductId(context, account, product) !== null) return true;
  if ((countAutomatic(context.connection).pluck().get() ?? 0) >= maxAutomatic) return false;
  return addProduct(context, account, product, true);
}

/** A product made by a person. False: it exists already or the account does not. */
export function createProductByHand(context: WriteContext, account: string, product: string): boolean {
  if (findProductId(context, account, product) !== null) return false;
  return addProduct(context, account, product, false);
}

const updateRequireKey = query<[value: number, id: number]>(
  `UPDATE products SET require_key = ? WHERE id = ?`,
);
const updateUploadKey = query<[value: string | null, id: number]>(`
  UPDATE products SET upload_key = ? WHERE id = ?`);
const updatePublicAnnotations = query<[value: string, id: number]>(`
  UPDATE products SET public_annotations = ? WHERE id = ?`);
const updateKeepDays = query<[value: number | null, id: number]>(
  `UPDATE products SET keep_days = ? WHERE id = ?`,
);

const updateDataRules = query<[value: string, id: number]>(`UPDATE products SET data_rules = ? WHERE id = ?`);

/** False where the product does not exist. */
export function updateProduct(
  context: WriteContext,
  account: string,
  product: string,
  change: ProductChange,
): boolean {
  const id = findProductId(context, account, product);
  if (id === null) return false;
  const { connection } = context;
  if (change.requireKey !== undefined) updateRequireKey(connection).run(change.requireKey ? 1 : 0, id);
  if (change.uploadKey !== undefined) updateUploadKey(connection).run(change.uploadKey, id);
  if (change.publicAnnotations !== undefined) {
    updatePublicAnnotations(connection).run(JSON.stringify(change.publicAnnotations), id);
  }
  if (change.keepDays !== undefined) updateKeepDays(connection).run(change.keepDays, id);
  if (change.dataRules !== undefined) updateDataRules(connection).run(dataRulesJson(change.dataRules), id);
  return true;
}

function addProduct(
  { connection }: WriteContext,
  account: string,
  product: string,
  automatic: boolean,
): boolean {
  const owner = accountId(connection).pluck().get(account);
  if (owner === undefined) return false;
  const { lastInsertRowid } = insertProduct(connection).run(owner, product, Date.now(), automatic ? 1 : 0);
  insertFirstKey(connection).run(Number(lastInsertRowid), Date.now());
  return true;
}

function fail(product: string): never {
  throw new Error(`product ${product} could not be made`);
}
