// Releases, comparisons, trends and correlations as one person sees them. What goes with a bug is kept for a minute by what the person
// sees: the page of a bug asks for it each time, and it looks at all crashes of the product.
import { LRUCache } from 'lru-cache';
import type { QueryFault } from '../../search/query/query-fault.ts';
import type { Query } from '../../search/query/query-tree.ts';
import type { BugRow } from '../../store/bugs.ts';
import type { BugTrend, CorrelationsFound, Origin } from '../../store/crash-analysis.ts';
import type { SearchedProduct } from '../../store/crash-search.ts';
import type { ReleaseComparison } from '../../store/releases.ts';
import type { Store } from '../../store/store.ts';

type Analysis = Store['analysis'];
type Found = { readonly found: CorrelationsFound } | { readonly fault: QueryFault };

const KEEP_MS = 60_000;
const MAX_KEPT = 200;
const kept = new WeakMap<Analysis, LRUCache<string, Promise<Found>>>();

/** At most a minute old. */
export function recentCorrelations(
  analysis: Analysis,
  asked: { readonly product: SearchedProduct; readonly bugId: number; readonly query: Query },
): Promise<Found> {
  let ofStore = kept.get(analysis);
  if (ofStore === undefined) {
    ofStore = new LRUCache({ max: MAX_KEPT, ttl: KEEP_MS });
    kept.set(analysis, ofStore);
  }
  const key = JSON.stringify(asked);
  const known = ofStore.get(key);
  if (known !== undefined) return known;
  const found = analysis.correlations(asked);
  found.catch(() => ofStore.delete(key));
  ofStore.set(key, found);
  return found;
}

const origins = new WeakMap<Analysis, LRUCache<number, Promise<Origin | null>>>();

/** Which release brought a bug; at most a minute old. */
export function recentOrigin(analysis: Analysis, bugId: number): Promise<Origin | null> {
  let ofStore = origins.get(analysis);
  if (ofStore === undefined) {
    ofStore = new LRUCache({ max: MAX_KEPT, ttl: KEEP_MS });
    origins.set(analysis, ofStore);
  }
  const known = ofStore.get(bugId);
  if (known !== undefined) return known;
  const origin = analysis.originOf(bugId);
  origin.catch(() => ofStore.delete(bugId));
  ofStore.set(bugId, origin);
  return origin;
}

/** How long a list of bugs waits for what is only said beside it. */
const PATIENCE_MS = 150;

/** Trends by bug, of several products; those that take longer than a list may wait are there the next time. */
export async function soonTrends(
  analysis: Analysis,
  products: readonly { readonly account: string; readonly product: string }[],
): Promise<ReadonlyMap<number, BugTrend>> {
  const found = new Map<number, BugTrend>();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS);
  });
  const all = Promise.all(
    products.map(async (product) => {
      // A mark that cannot be made leaves the list as it is: the page of trends tells the error.
      const trends = await analysis.trends(product).catch(() => []);
      for (const trend of trends) found.set(trend.bugId, trend);
    }),
  );
  await Promise.race([all, late]);
  clearTimeout(timer);
  return new Map(found);
}

/** A comparison with the bugs that it names. */
export interface SeenReleaseComparison extends Omit<ReleaseComparison, 'bugs'> {
  readonly bugs: readonly (ReleaseComparison['bugs'][number] & { readonly row: BugRow })[];
}
