// Which products a filter means: by name, and within what whoever asks may see.
import type { Within } from '../../reports.ts';
import { query } from './query.ts';
import type { Connection } from './query.ts';

/** What filters say of products. */
export interface ProductsAsked {
  readonly account?: string | undefined;
  readonly product?: string | undefined;
  readonly within?: Within | undefined;
}

const selectProducts = query<
  [{ account: string | null; product: string | null; whole: number; accounts: string; products: string }],
  number
>(`
  SELECT products.id FROM products JOIN accounts ON accounts.id = products.account_id
  WHERE accounts.name = ifnull(@account, accounts.name) AND products.name = ifnull(@product, products.name)
    AND (@whole
      OR accounts.name IN (SELECT value FROM json_each(@accounts))
      OR EXISTS (
        SELECT 1 FROM json_each(@products)
        WHERE json_each.value ->> '$.account' = accounts.name AND json_each.value ->> '$.product' = products.name))`);

/** Ids of the products; null: all of them, whatever there is. */
export function productIdsWithin(
  connection: Connection,
  { account, product, within }: ProductsAsked,
): readonly number[] | null {
  if (account === undefined && product === undefined && within === undefined) return null;
  return selectProducts(connection)
    .pluck()
    .all({
      account: account ?? null,
      product: product ?? null,
      whole: within === undefined ? 1 : 0,
      accounts: JSON.stringify(within?.accounts ?? []),
      products: JSON.stringify(within?.products ?? []),
    });
}
