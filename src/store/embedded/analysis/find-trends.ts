// Bugs of a product that are on the rise.
import type { BugTrend } from '../../crash-analysis.ts';
import { countTrends } from '../../../search/engine/count-trends.ts';
import { risesOf, spikeOf } from '../../../search/statistics/trend.ts';
import { dayOf } from '../../shared/days.ts';
import type { Connection } from '../database/query.ts';
import { openFacts } from '../search/ask-facts.ts';

const MAX_TRENDS = 500;

/** The strongest first. Nothing protected is asked for: bugs, days and numbers of installations. */
export function findTrends(
  connection: Connection,
  { account, product }: { readonly account: string; readonly product: string },
  now: number,
): readonly BugTrend[] {
  const { chunks } = openFacts(connection, [{ account, product, publicNames: [], messages: false }]);
  const counts = countTrends(chunks, dayOf(now));
  const rises = risesOf(counts);
  return counts
    .map(({ bugId, days, recent }, at): BugTrend => ({
      bugId,
      spike: spikeOf(days),
      rise: rises[at] ?? null,
      installations: recent,
    }))
    .filter(({ spike, rise }) => spike !== null || rise !== null)
    .toSorted(
      (a, b) => Number(b.spike !== null) - Number(a.spike !== null) || b.installations - a.installations,
    )
    .slice(0, MAX_TRENDS);
}
