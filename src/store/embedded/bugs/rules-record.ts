// A product's rules: the defaults, and what people decided.
import type { ProductRules } from '../../bugs.ts';
import { DEFAULT_RULES } from '../../shared/default-rules.ts';
import { learnedPackages } from './product-packages.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { findProductId } from '../transaction/product-rows.ts';

const selectRules = query<[account: string, product: string], string>(`
  SELECT product_rules.rules
  FROM product_rules
  JOIN products ON products.id = product_rules.product_id
  JOIN accounts ON accounts.id = products.account_id
  WHERE accounts.name = ? AND products.name = ?`);

/** The rules of a product; the defaults where nothing was decided. */
export function productRules(connection: Connection, account: string, product: string): ProductRules {
  const json = selectRules(connection).pluck().get(account, product);
  const rules = json === undefined ? DEFAULT_RULES : read(json).rules;
  return { ...rules, learnedPackages: learnedPackages(connection, account, product) };
}

/** The rules before the last change; null where there was none. */
export function previousProductRules(
  connection: Connection,
  account: string,
  product: string,
): ProductRules | null {
  const json = selectRules(connection).pluck().get(account, product);
  const previous = json === undefined ? null : read(json).previous;
  // Undoing a change of rules forgets nothing that was learned.
  return previous === null
    ? null
    : { ...previous, learnedPackages: learnedPackages(connection, account, product) };
}

function read(json: string): { readonly rules: ProductRules; readonly previous: ProductRules | null } {
  const { previous = null, ...rules } = JSON.parse(json) as Partial<ProductRules> & {
    readonly previous?: Partial<ProductRules> | null;
  };
  return {
    rules: { ...DEFAULT_RULES, ...rules },
    previous: previous === null ? null : { ...DEFAULT_RULES, ...previous },
  };
}

/** What is learned stands in a table of its own. */
function withoutLearned({
  learnedPackages: _learned,
  ...rules
}: ProductRules): Omit<ProductRules, 'learnedPackages'> {
  return rules;
}

const upsertRules = query<[productId: number, mode: string, rules: string]>(`
  INSERT INTO product_rules (product_id, reopen_mode, rules) VALUES (?, ?, ?)
  ON CONFLICT DO UPDATE SET reopen_mode = excluded.reopen_mode, rules = excluded.rules`);

/** False where the product does not exist. */
export function setProductRules(
  context: WriteContext,
  account: string,
  product: string,
  rules: ProductRules,
): boolean {
  const productId = findProductId(context, account, product);
  if (productId === null) return false;
  const previous = productRules(context.connection, account, product);
  const decided = { ...withoutLearned(rules), previous: withoutLearned(previous) };
  upsertRules(context.connection).run(productId, rules.reopenMode, JSON.stringify(decided));
  return true;
}
