// Accounts and products: the reads.
import { createHash } from 'node:crypto';
import { dataRulesOf } from '../../../report/privacy/data-rules.ts';
import { DEFAULT_CLIENT_RULES, readClientRules } from '../../../report/client-rules.ts';
import type { ProductPolicy } from '../../intake.ts';
import type { Product } from '../../people.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

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
  readonly closed: number;
}

const POLICY = `
  accounts.name AS account, products.name AS product, products.require_key AS requireKey,
  products.client_rules AS rules, products.data_rules AS dataRules, accounts.closed_at IS NOT NULL AS closed
  FROM products JOIN accounts ON accounts.id = products.account_id`;

const selectPolicy = query<[account: string, product: string], PolicyRow>(`
  SELECT ${POLICY}
  WHERE accounts.id = (SELECT account_id FROM account_names WHERE name = ?) AND products.name = ?`);
const selectPolicyByKey = query<[key: string], PolicyRow>(`
  SELECT ${POLICY} WHERE products.upload_key = ? AND accounts.closed_at IS NULL`);
/** A closed account: its products need not exist to be refused. */
const selectClosed = query<[account: string], string>(`
  SELECT accounts.name FROM accounts JOIN account_names ON account_names.account_id = accounts.id
  WHERE account_names.name = ? AND accounts.closed_at IS NOT NULL`);

/** Whether and where reports of a product are filed; null where it does not exist. */
export function productPolicy(
  connection: Connection,
  account: string,
  product: string,
): ProductPolicy | null {
  const found = toPolicy(selectPolicy(connection).get(account, product));
  if (found !== null) return found;
  const closed = selectClosed(connection).pluck().get(account);
  return closed === undefined ? null : { account: closed, product, requireKey: false, closed: true };
}

/** The product that an upload key belongs to, or null. */
export function policyByKey(connection: Connection, key: string): ProductPolicy | null {
  const found = toPolicy(selectPolicyByKey(connection).get(key));
  if (found !== null || !key.startsWith('mayday_')) return found;
  const hash = createHash('sha256').update(key).digest('hex');
  return toPolicy(selectPolicyByToken(connection).get(hash, Date.now()));
}

/** A token that is for sending, to one product; a person's as long as they belong to its account. */
const selectPolicyByToken = query<[hash: string, now: number], PolicyRow>(`
  SELECT ${POLICY}
  WHERE accounts.closed_at IS NULL AND products.id = (
    SELECT tokens.products ->> '$[0]' FROM tokens LEFT JOIN users ON users.id = tokens.user_id
    WHERE tokens.hash = ? AND (tokens.expires_at IS NULL OR tokens.expires_at > ?)
      AND ifnull(users.disabled, 0) = 0
      AND json_array_length(tokens.products) = 1
      AND (tokens.user_id IS NULL OR EXISTS (
        SELECT 1 FROM members JOIN products AS own ON own.account_id = members.account_id
        WHERE members.user_id = tokens.user_id AND own.id = tokens.products ->> '$[0]'))
      AND EXISTS (SELECT 1 FROM json_each(tokens.scopes) WHERE value = 'send'))`);

function toPolicy(row: PolicyRow | undefined): ProductPolicy | null {
  if (row === undefined) return null;
  const { account, product, requireKey, rules, dataRules, closed } = row;
  // Most products have decided nothing: their rules need not be read.
  const { privacy, privateKeys } = rules === '{}' ? DEFAULT_CLIENT_RULES : readClientRules(JSON.parse(rules));
  return {
    account,
    product,
    requireKey: requireKey === 1,
    privateKeys: privacy === 'everywhere' ? privateKeys : null,
    ...(dataRules !== '{}' && { dataRules: dataRulesOf(dataRules) }),
    ...(closed === 1 && { closed: true }),
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
