// Products as somebody sees them whom the processing role acts for: the owner of an alert rule, a person with a subscription, everybody.
import type { SearchedProduct } from '../store/crash-search.ts';
import type { Store } from '../store/store.ts';

type Stores = Pick<Store, 'people' | 'bugs'>;

/** One product, or all of the account. `seesAll`: the right to protected data. */
export async function productsAsSeen(
  { people, bugs }: Stores,
  { account, product }: { readonly account: string; readonly product: string | null },
  {
    seesAll,
    publicAnnotations,
  }: { readonly seesAll: boolean; readonly publicAnnotations: readonly string[] },
): Promise<readonly SearchedProduct[]> {
  const one = product === null ? null : await people.getProduct(account, product);
  const all =
    product === null
      ? (await people.listProducts()).filter((each) => each.account === account)
      : [...(one === null ? [] : [one])];
  return Promise.all(
    all.map(async ({ name, publicAnnotations: own }) => ({
      account,
      product: name,
      publicNames: seesAll ? null : [...publicAnnotations, ...own],
      messages: seesAll || (await bugs.productRules(account, name)).messages === 'public',
    })),
  );
}
