// Keys of products and what products decide about their clients: the writes.
import type { ClientRules } from '../../../report/client-rules.ts';
import { MAX_PRODUCT_KEYS, type ProductKeyChange } from '../../client-keys.ts';
import { query } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { findProductId } from '../transaction/product-rows.ts';

const insertKey = query<[productId: number, key: string, label: string, at: number]>(`
  INSERT INTO product_keys (product_id, key, label, created_at) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO NOTHING`);
const countKeys = query<[productId: number], number>(
  `SELECT count(*) FROM product_keys WHERE product_id = ?`,
);
const updateLabel = query<[label: string, id: number, productId: number]>(`
  UPDATE product_keys SET label = ? WHERE id = ? AND product_id = ?`);
const updateEnabled = query<[enabled: number, id: number, productId: number]>(`
  UPDATE product_keys SET enabled = ? WHERE id = ? AND product_id = ?`);
const updatePerMinute = query<[perMinute: number | null, id: number, productId: number]>(`
  UPDATE product_keys SET per_minute = ? WHERE id = ? AND product_id = ?`);
const removeKey = query<[id: number, productId: number]>(`
  DELETE FROM product_keys WHERE id = ? AND product_id = ?`);
const updateDsnId = query<[dsnId: number | null, id: number]>(`UPDATE products SET dsn_id = ? WHERE id = ?`);
const updateRules = query<[rules: string, id: number]>(`UPDATE products SET client_rules = ? WHERE id = ?`);

/** A further key. False: no such product, the key is taken, or there are too many. */
export function addProductKey(
  context: WriteContext,
  account: string,
  product: string,
  { key, label }: { readonly key: string; readonly label: string },
): boolean {
  const id = findProductId(context, account, product);
  if (id === null || (countKeys(context.connection).pluck().get(id) ?? 0) >= MAX_PRODUCT_KEYS) return false;
  return insertKey(context.connection).run(id, key, label, Date.now()).changes > 0;
}

/** False where the product has no such key. */
export function changeProductKey(
  context: WriteContext,
  account: string,
  product: string,
  keyId: number,
  { label, enabled, perMinute }: ProductKeyChange,
): boolean {
  const id = findProductId(context, account, product);
  if (id === null) return false;
  const { connection } = context;
  let changes = 0;
  if (label !== undefined) changes += updateLabel(connection).run(label, keyId, id).changes;
  if (enabled !== undefined) changes += updateEnabled(connection).run(enabled ? 1 : 0, keyId, id).changes;
  if (perMinute !== undefined) changes += updatePerMinute(connection).run(perMinute, keyId, id).changes;
  return changes > 0;
}

/** False where the product has no such key. */
export function deleteProductKey(
  context: WriteContext,
  account: string,
  product: string,
  keyId: number,
): boolean {
  const id = findProductId(context, account, product);
  return id !== null && removeKey(context.connection).run(keyId, id).changes > 0;
}

/** The number in the product's DSNs; null: its own. */
export function setDsnId(
  context: WriteContext,
  account: string,
  product: string,
  dsnId: number | null,
): boolean {
  const id = findProductId(context, account, product);
  return id !== null && updateDsnId(context.connection).run(dsnId, id).changes > 0;
}

/** What the product decides about its clients. */
export function setClientRules(
  context: WriteContext,
  account: string,
  product: string,
  rules: ClientRules,
): boolean {
  const id = findProductId(context, account, product);
  return id !== null && updateRules(context.connection).run(JSON.stringify(rules), id).changes > 0;
}
