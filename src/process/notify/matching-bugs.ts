// Wishes that name a search: which of the bugs of a pass have a crash of the last day that it selects. One search for each product and
// text, whatever the number of bugs, so that a flood of new ones costs no more than a few.
import { parseQuery } from '../../search/query/parse-query.ts';
import type { Place, Rights } from '../../store/rights.ts';
import type { Store } from '../../store/store.ts';
import { productsAsSeen } from '../products-as-seen.ts';
import type { Matches, Wishes } from './notice-plan.ts';

const DAY_MS = 86_400_000;

interface Concerned {
  readonly id: number;
  readonly account: string;
  readonly product: string;
}

export async function matchingBugs(
  store: Pick<Store, 'people' | 'bugs' | 'search'>,
  bugs: readonly Concerned[],
  {
    wishes,
    now,
    publicAnnotations,
  }: {
    readonly wishes: Wishes;
    readonly now: number;
    readonly publicAnnotations: readonly string[];
  },
): Promise<Matches> {
  const found = new Set<string>();
  const asked = searchesOf(wishes);
  for (const ofProduct of Map.groupBy(bugs, ({ account, product }) =>
    JSON.stringify([account, product]),
  ).values()) {
    const [first] = ofProduct;
    if (first === undefined) continue;
    for (const { search, seesAll, account, product } of asked) {
      if (account !== first.account || (product !== null && product !== first.product)) continue;
      const parsed = parseQuery(search);
      if ('fault' in parsed) continue;
      const products = await productsAsSeen(store, first, { seesAll, publicAnnotations });
      const answer = await store.search.firstMatches({
        products,
        query: parsed.query,
        asked: ofProduct.map(({ id }) => ({ bugId: id, from: now - DAY_MS, to: now + DAY_MS })),
      });
      // A key that nobody sends any more selects nothing.
      if ('fault' in answer) continue;
      for (const [at, { id }] of ofProduct.entries()) {
        if ((answer.times[at] ?? null) !== null) found.add(keyOf(search, seesAll, id));
      }
    }
  }
  return (search, seesAll, bugId) => found.has(keyOf(search, seesAll, bugId));
}

function keyOf(search: string, seesAll: boolean, bugId: number): string {
  return `${bugId} ${seesAll} ${search}`;
}

interface AskedSearch {
  readonly search: string;
  readonly seesAll: boolean;
  readonly account: string;
  readonly product: string | null;
}

/** Each once. A webhook sees what everybody sees: who reads it is not known. */
function searchesOf({ rights, subscriptions, webhooks }: Wishes): readonly AskedSearch[] {
  const all: AskedSearch[] = [];
  const add = (
    wish: Wishes['subscriptions'][number] | Wishes['webhooks'][number],
    seesAll: boolean,
  ): void => {
    const { search = null, account, product } = wish;
    if (search !== null) all.push({ search, seesAll, account, product });
  };
  for (const wish of subscriptions) {
    // Of an account somebody may have the right in some products alone: each way of looking is asked for then.
    for (const seesAll of waysOf(rights.get(wish.userId), wish)) add(wish, seesAll);
  }
  for (const wish of webhooks) if (wish.enabled) add(wish, false);
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
}

function waysOf(rights: Rights | undefined, { account, product }: Place): readonly boolean[] {
  if (rights === undefined) return [];
  if (product !== null) return [rights.of({ account, product })?.seesProtected === true];
  return [false, true];
}
