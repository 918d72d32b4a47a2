// Searches as one person may make them: over the products that are asked for, each with what the person sees of it.
import type { SearchQuestion, SearchedProduct } from '../../store/crash-search.ts';
import type { PeopleStore } from '../../store/people.ts';
import type { Sight, Sights } from './sight.ts';

/** A search; `account` and `product` null: all of them. */
export interface SearchAsked extends Omit<SearchQuestion, 'products'> {
  readonly account: string | null;
  readonly product: string | null;
}

export type FacetSeen = SearchQuestion['facets'][number];

/** The products of a search with what the person sees of each. */
export async function searchedProducts(
  store: { readonly people: Pick<PeopleStore, 'listProducts' | 'getProduct'> },
  sights: Sights,
  { account, product }: { readonly account: string | null; readonly product: string | null },
): Promise<readonly SearchedProduct[]> {
  const products = await namedProducts(store.people, { account, product });
  const seen = products.filter(({ account: owner, name }) => sights.sees({ account: owner, product: name }));
  return Promise.all(
    seen.map(async ({ account: owner, name }) =>
      searchedAs({ account: owner, product: name }, await sights.of({ account: owner, product: name })),
    ),
  );
}

/** One is looked up; a list counts what each has stored. */
async function namedProducts(
  people: Pick<PeopleStore, 'listProducts' | 'getProduct'>,
  { account, product }: { readonly account: string | null; readonly product: string | null },
): Promise<readonly { readonly account: string; readonly name: string }[]> {
  if (account !== null && product !== null) {
    const one = await people.getProduct(account, product);
    return one === null ? [] : [one];
  }
  return (await people.listProducts()).filter(
    (one) => (account === null || one.account === account) && (product === null || one.name === product),
  );
}

function searchedAs(
  named: { readonly account: string; readonly product: string },
  sight: Sight,
): SearchedProduct {
  return { ...named, publicNames: sight.all ? null : [...sight.names], messages: sight.messages };
}
