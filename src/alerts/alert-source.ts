// Reads the conditions of a rule from the store: for the evaluation, and for previews.
import type { AlertSource } from './read-condition.ts';
import type { SearchedProduct } from '../store/crash-search.ts';
import type { Store } from '../store/store.ts';

/** Days, releases and environments of one product that a look at sessions reads. */
const MAX_SESSION_DAYS = 50_000;

type Stores = Pick<Store, 'alerts' | 'bugs' | 'search' | 'sessions'>;

/** What conditions over these products are read from. */
export function alertSource(store: Stores, products: readonly SearchedProduct[]): AlertSource {
  return {
    timeline: (search) => store.search.timeline({ ...search, products }),
    firstMatches: (search) => store.search.firstMatches({ ...search, products }),
    happenings: (between) => store.alerts.bugHappenings(products, between),
    sessions: (since) =>
      Promise.all(
        products.map(async ({ account, product }) => ({
          product,
          days: await store.sessions.days({ account, product, since, limit: MAX_SESSION_DAYS }),
        })),
      ),
    resolveBug: (id) => store.bugs.resolveBug(id),
  };
}
