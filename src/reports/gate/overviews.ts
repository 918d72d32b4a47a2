// Overviews of products, kept for a few seconds: the start page needs many of them, and they change slowly.
import { LRUCache } from 'lru-cache';
import type { BugStore, ProductOverview } from '../../store/bugs.ts';

const KEEP_MS = 10_000;
const MAX_KEPT = 200;

interface Kept {
  readonly at: number;
  readonly overview: Promise<ProductOverview>;
}

const kept = new WeakMap<BugStore, LRUCache<string, Kept>>();

/** The overview of the last `days` days, at most ten seconds old. */
export function recentOverview(
  bugs: BugStore,
  asked: { readonly account: string; readonly product: string; readonly days: number; readonly now: number },
): Promise<ProductOverview> {
  const { account, product, days, now } = asked;
  const ofStore = kept.get(bugs) ?? new LRUCache<string, Kept>({ max: MAX_KEPT });
  kept.set(bugs, ofStore);
  const key = JSON.stringify([account, product, days]);
  const known = ofStore.get(key);
  if (known !== undefined && now - known.at <= KEEP_MS && now >= known.at) return known.overview;
  const overview = bugs.overview(account, product, days);
  // A failed read must not be served again for as long as a good one.
  overview.catch(() => ofStore.delete(key));
  ofStore.set(key, { at: now, overview });
  return overview;
}
