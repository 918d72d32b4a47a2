// What the filed crashes say beyond counts: each question in a reader thread; bugs on the rise are kept for some minutes.
import { LRUCache } from 'lru-cache';
import type { AnalysisStore, BugTrend } from '../crash-analysis.ts';
import type { StoreParts } from './store-parts.ts';

const KEEP_MS = 5 * 60 * 1000;
const MAX_PRODUCTS = 200;

export function createAnalysisStore({ reader, now }: StoreParts): AnalysisStore {
  const kept = new LRUCache<string, { readonly at: number; readonly trends: Promise<readonly BugTrend[]> }>({
    max: MAX_PRODUCTS,
  });
  return {
    topCrashers: (search) => reader.read('topCrashers', search, now()),
    correlations: (asked) => reader.read('findCorrelations', asked, now()),
    originOf: (bugId) => reader.read('originOfBug', bugId, now()),
    trends(product) {
      const name = JSON.stringify([product.account, product.product]);
      const known = kept.get(name);
      const at = now();
      if (known !== undefined && at >= known.at && at - known.at < KEEP_MS) return known.trends;
      const trends = reader.read('findTrends', product, at);
      // A failed read must not be served again for as long as a good one.
      trends.catch(() => kept.delete(name));
      kept.set(name, { at, trends });
      return trends;
    },
  };
}
