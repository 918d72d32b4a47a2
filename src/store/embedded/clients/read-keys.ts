// Keys of products and what products decide about their clients: the reads.
import { dataRulesOf } from '../../../report/privacy/data-rules.ts';
import { readClientRules, type KeyedProduct } from '../../../report/client-rules.ts';
import type { ClientSettings, ProductKey } from '../../client-keys.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

interface KeyedRow {
  readonly account: string;
  readonly product: string;
  readonly dsnId: number;
  readonly keyId: number;
  readonly enabled: number;
  readonly perMinute: number | null;
  readonly rules: string;
  readonly dataRules: string;
}

const selectKeyed = query<[key: string], KeyedRow>(`
  SELECT accounts.name AS account, products.name AS product, ifnull(products.dsn_id, products.id) AS dsnId,
    product_keys.id AS keyId, product_keys.enabled, product_keys.per_minute AS perMinute,
    products.client_rules AS rules, products.data_rules AS dataRules
  FROM product_keys
  JOIN products ON products.id = product_keys.product_id
  JOIN accounts ON accounts.id = products.account_id
  WHERE product_keys.key = ? AND accounts.closed_at IS NULL`);

/** The product that a key names, or null. */
export function keyedProduct(connection: Connection, key: string): KeyedProduct | null {
  const row = selectKeyed(connection).get(key);
  if (row === undefined) return null;
  const { dataRules, ...same } = row;
  return {
    ...same,
    enabled: row.enabled === 1,
    rules: readClientRules(JSON.parse(row.rules)),
    ...(dataRules !== '{}' && { dataRules: dataRulesOf(dataRules) }),
  };
}

interface ProductRow {
  readonly id: number;
  readonly dsnId: number;
  readonly rules: string;
}

const selectProduct = query<[account: string, product: string], ProductRow>(`
  SELECT products.id, ifnull(products.dsn_id, products.id) AS dsnId, products.client_rules AS rules
  FROM products JOIN accounts ON accounts.id = products.account_id
  WHERE accounts.name = ? AND products.name = ?`);

const selectKeys = query<[productId: number], Omit<ProductKey, 'enabled'> & { readonly enabled: number }>(`
  SELECT id, key, label, created_at AS createdAt, enabled, per_minute AS perMinute
  FROM product_keys WHERE product_id = ? ORDER BY id`);

/** Keys and rules of a product, or null where it does not exist. */
export function clientSettings(
  connection: Connection,
  account: string,
  product: string,
): ClientSettings | null {
  const row = selectProduct(connection).get(account, product);
  if (row === undefined) return null;
  return {
    dsnId: row.dsnId,
    keys: selectKeys(connection)
      .all(row.id)
      .map(({ enabled, ...key }) => Object.assign(key, { enabled: enabled === 1 })),
    rules: readClientRules(JSON.parse(row.rules)),
  };
}
