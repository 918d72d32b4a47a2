// What an alert tells, for everybody who may see the product: numbers, titles of bugs, where to look. Of a rule over protected data
// neither the search nor the bugs that it finds.
import { findingWords, ruleWords } from '../../alerts/alert-words.ts';
import { searchOf, searchPath } from '../../alerts/search-path.ts';
import { EVERYTHING } from '../../search/query/query-tree.ts';
import type { Query } from '../../search/query/query-tree.ts';
import { parseQuery } from '../../search/query/parse-query.ts';
import type { AlertFinding, AlertRule } from '../../store/alerts.ts';
import type { SearchedProduct } from '../../store/crash-search.ts';
import { pictureOf } from '../../store/notice-payload.ts';
import type { AlertNotice } from '../../store/notice-payload.ts';
import type { Store } from '../../store/store.ts';

const MAX_BUGS = 10;
const TOP_BUGS = 3;

type Stores = Pick<Store, 'bugs' | 'search'>;

interface Told {
  readonly at: number;
  readonly findings: readonly AlertFinding[];
  readonly more: number;
}

export async function alertNotice(
  store: Stores,
  rule: AlertRule,
  told: Told,
  products: readonly SearchedProduct[],
): Promise<AlertNotice> {
  const last = told.findings.at(-1);
  const search = rule.isProtected ? null : rule.search;
  return {
    notice: 'alert',
    at: told.at,
    rule: {
      id: rule.id,
      name: rule.name,
      account: rule.account,
      product: rule.product,
      words: ruleWords({ ...rule, search }),
    },
    findings: told.findings.map((finding) => ({
      at: finding.at,
      what: finding.what,
      words: findingWords(rule.condition, finding),
      value: finding.value,
      limit: finding.limit,
    })),
    more: told.more,
    bugs: rule.isProtected ? [] : await bugsOf(store, rule, told, products),
    path:
      last === undefined || rule.isProtected ? `/alerts/${rule.id}` : shortPath(rule, searchPath(rule, last)),
  };
}

/** Characters of an address that every chat takes. */
const MAX_PATH = 1500;

/** Chats refuse messages with addresses beyond some 2,000 characters; the page of the rule shows its search, too. */
function shortPath({ id }: AlertRule, path: string): string {
  return path.length > MAX_PATH ? `/alerts/${id}` : path;
}

async function bugsOf(
  store: Stores,
  rule: AlertRule,
  { findings }: Told,
  products: readonly SearchedProduct[],
): Promise<AlertNotice['bugs']> {
  const last = findings.at(-1);
  const { condition } = rule;
  if (condition.kind === 'bugs') {
    const ids = findings.flatMap(({ bugs }) => bugs.map(({ id }) => id));
    return pictures(
      store,
      [...new Set(ids)].slice(-MAX_BUGS).map((id) => ({ id, crashes: null })),
    );
  }
  if (condition.kind === 'crash_free' || last === undefined || last.what === 'ended') return [];
  const parsed = parseQuery(searchOf(rule, last));
  const found = await store.search.search({
    products,
    query: 'fault' in parsed ? NOTHING : parsed.query,
    facets: [{ key: 'bug', top: TOP_BUGS, distinct: null, days: false }],
    histogram: null,
    distinct: [],
    numbers: [],
    list: null,
  });
  if ('fault' in found) return [];
  const [facet] = found.answer.facets;
  return pictures(
    store,
    (facet?.values ?? []).map(({ value, crashes }) => ({ id: Number(value), crashes })),
  );
}

const NOTHING: Query = { is: 'not', of: EVERYTHING };

/** As everybody sees them: without the message that the product protects. */
async function pictures(
  { bugs }: Stores,
  wanted: readonly { readonly id: number; readonly crashes: number | null }[],
): Promise<AlertNotice['bugs']> {
  const found = await Promise.all(
    wanted.map(async ({ id, crashes }) => {
      const living = await bugs.resolveBug(id);
      const bug = living === null ? null : await bugs.getBug(living);
      if (bug === null) return null;
      const isPublic = (await bugs.productRules(bug.account, bug.product)).messages === 'public';
      const picture = pictureOf(bug);
      return { ...picture, message: isPublic ? picture.message : '', crashes };
    }),
  );
  return found.filter((bug) => bug !== null);
}
