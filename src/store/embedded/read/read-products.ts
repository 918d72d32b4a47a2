// Accounts and products: the reads.
import { dataRulesOf } from '../../../report/privacy/data-rules.ts';
import { DEFAULT_CLIENT_RULES, readClientRules } from '../../../report/client-rules.ts';
import type { ProductPolicy } from '../../intake.ts';
import type { Product } from '../../people.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

const selectAccounts = query<[], string>(`SELECT name FROM accounts ORDER BY id`);

/** The names of all accounts, oldest first. */
export function listAccounts(connection: Connection): readonly string[] {
  return selectAccounts(connection).pluck().all();
}

interface ProductRow {
  readonly id: number;
  readonly account: string;
  readonly name: string;
  readonly createdAt: number;
  readonly automatic: number;
  readonly requireKey: number;
  readonly uploadKey: string | null;
  readonly publicAnnotations: string;
  readonly keepDays: number | null;
  readonly dataRules: string;
  readonly reportCount: number;
  readonly lastReportAt: number | null;
}

const PRODUCT = `
  products.id, accounts.name AS account, products.name, products.created_at AS createdAt, products.automatic,
  products.require_key AS requireKey, products.upload_key AS uploadKey,
  products.public_annotations AS publicAnnotations, products.keep_days AS keepDays,
  products.data_rules AS dataRules,
  (SELECT ifnull(sum(queued + deferred + processed + failed), 0) FROM kinds WHERE product_id = products.id)
    AS reportCount,
  products.last_report_at AS lastReportAt
  FROM products JOIN accounts ON accounts.id = products.account_id`;

const selectProducts = query<[], ProductRow>(`SELECT ${PRODUCT} ORDER BY accounts.name, products.name`);
const selectProduct = query<[account: string, name: string], ProductRow>(`
  SELECT ${PRODUCT} WHERE accounts.name = ? AND products.name = ?`);

/** Every product, by account and name. */
export function listProducts(connection: Connection): readonly Product[] {
  return selectProducts(connection).all().map(fromRow);
}

/** One product, or null. */
export function getProduct(connection: Connection, account: string, name: string): Product | null {
  const row = selectProduct(connection).get(account, name);
  return row === undefined ? null : fromRow(row);
}

interface PolicyRow {
  readonly account: string;
  readonly product: string;
  readonly requireKey: number;
  readonly rules: string;
  readonly dataRules: string;
}

const POLICY = `
  accounts.name AS account, products.name AS product, products.require_key AS requireKey,
  products.client_rules AS rules, products.data_rules AS dataRules
  FROM products JOIN accounts ON accounts.id = products.account_id`;

const selectPolicy = query<[account: string, product: string], PolicyRow>(`
  SELECT ${POLICY} WHERE accounts.name = ? AND products.name = ?`);
const selectPolicyByKey = query<[key: string], PolicyRow>(`SELECT ${POLICY} WHERE products.upload_key = ?`);

/** Whether and where reports of a product are filed; null where it does not exist. */
export function productPolicy(
  connection: Connection,
  account: string,
  product: string,
): ProductPolicy | null {
  return toPolicy(selectPolicy(connection).get(account, product));
}

/** The product that an upload key belongs to, or null. */
export function policyByKey(connection: Connection, key: string): ProductPolicy | null {
  return toPolicy(selectPolicyByKey(connection).get(key));
}

function toPolicy(row: PolicyRow | undefined): ProductPolicy | null {
  if (row === undefined) return null;
  const { account, product, requireKey, rules, dataRules } = row;
  // Most products have decided nothing: their rules need not be read.
  const { privacy, privateKeys } = rules === '{}' ? DEFAULT_CLIENT_RULES : readClientRules(JSON.parse(rules));
  return {
    account,
    product,
    requireKey: requireKey === 1,
    privateKeys: privacy === 'everywhere' ? privateKeys : null,
    ...(dataRules !== '{}' && { dataRules: dataRulesOf(dataRules) }),
  };
}

function fromRow({ automatic, requireKey, publicAnnotations, dataRules, ...same }: ProductRow): Product {
  return {
    ...same,
    automatic: automatic === 1,
    requireKey: requireKey === 1,
    publicAnnotations: JSON.parse(publicAnnotations) as string[],
    dataRules: dataRulesOf(dataRules),
  };
}
