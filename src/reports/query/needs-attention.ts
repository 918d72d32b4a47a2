// What needs somebody now, over all products: bugs that came back, that rise, that are new, and reports that are refused.
import type { Query } from '../../search/query/query-tree.ts';
import type { QueryFault } from '../../search/query/query-fault.ts';
import type { BugRow } from '../../store/bugs.ts';
import type { BugTrend } from '../../store/crash-analysis.ts';
import type { InboxEntry } from '../../store/intake.ts';
import type { SeenStore } from '../gate/gate.ts';

/** Of each kind, so that none crowds out the others. */
const MOST_OF_KIND = 5;
const MAX_FRESH = 200;
const MAX_RISING = 50;
const MAX_REFUSED = 200;
const DAY_MS = 86_400_000;

export interface AttentionBug {
  readonly why: 'regressed' | 'rising' | 'new';
  /** Counts are those of the filter and the period. */
  readonly bug: BugRow;
  readonly trend: BugTrend | null;
}

export interface RefusedCause {
  readonly newest: InboxEntry;
  /** In the last 24 hours, as far as the inbox reaches. */
  readonly requests: number;
  readonly products: readonly string[];
}

export interface Attention {
  readonly bugs: readonly AttentionBug[];
  /** How many there are of each kind; `new` and `regressed` as far as they were read. */
  readonly totals: Readonly<Record<AttentionBug['why'], number>>;
  readonly refused: readonly RefusedCause[];
  /** The inbox holds more refusals of the day than were looked at. */
  readonly refusedMore: boolean;
}

export async function needsAttention(
  seen: SeenStore,
  asked: {
    readonly query: Query;
    readonly products: readonly { readonly account: string; readonly product: string }[];
    /** Bugs that are new or were opened again since (milliseconds). */
    readonly since: number;
    readonly now: number;
  },
): Promise<{ readonly attention: Attention } | { readonly fault: QueryFault }> {
  const { query, since, now } = asked;
  const [fresh, trends, inbox] = await Promise.all([
    seen.searchBugs(query, { state: 'open', newSince: since, order: 'count' }, { limit: MAX_FRESH }),
    seen.soonTrends(asked.products),
    seen.listInbox({ limit: MAX_REFUSED, outcome: 'refused' }),
  ]);
  if ('fault' in fresh) return fresh;
  const rows = await risingRows(seen, query, [...trends.keys()].slice(0, MAX_RISING));
  const isNew = (bug: BugRow): boolean => bug.firstSeenAt >= since;
  const regressed = fresh.found.rows.filter((bug) => !isNew(bug));
  const back = new Set(regressed.map(({ id }) => id));
  const rising = rows.filter(({ id }) => !back.has(id));
  const risen = new Set(rising.map(({ id }) => id));
  const fresher = fresh.found.rows.filter((bug) => isNew(bug) && !risen.has(bug.id));
  const kind = (why: AttentionBug['why'], bugs: readonly BugRow[]): readonly AttentionBug[] =>
    bugs.slice(0, MOST_OF_KIND).map((bug) => ({ why, bug, trend: trends.get(bug.id) ?? null }));
  const today = inbox.rows.filter(({ at }) => now - at < DAY_MS);
  return {
    attention: {
      bugs: [...kind('regressed', regressed), ...kind('rising', rising), ...kind('new', fresher)],
      totals: { regressed: regressed.length, rising: rising.length, new: fresher.length },
      refused: causesOf(today),
      refusedMore: today.length === MAX_REFUSED,
    },
  };
}

/** Open bugs on the rise with crashes under the query, those with most installations first. */
async function risingRows(seen: SeenStore, query: Query, ids: readonly number[]): Promise<readonly BugRow[]> {
  if (ids.length === 0) return [];
  const these: Query = {
    is: 'clause',
    key: 'bug',
    conditions: ids.map((id) => ({ op: 'equals', text: String(id) })),
    at: 0,
  };
  const found = await seen.searchBugs(
    { is: 'and', of: [query, these] },
    { state: 'open', order: 'installations' },
    { limit: MAX_RISING },
  );
  return 'found' in found ? found.found.rows : [];
}

/** The most frequent first. */
function causesOf(entries: readonly InboxEntry[]): readonly RefusedCause[] {
  return [...Map.groupBy(entries, ({ reason }) => reason).values()]
    .flatMap((of): RefusedCause[] => {
      const [newest] = of;
      const products = [...new Set(of.map(({ product }) => product))].filter((name) => name !== null);
      return newest === undefined ? [] : [{ newest, requests: of.length, products }];
    })
    .toSorted((a, b) => b.requests - a.requests)
    .slice(0, MOST_OF_KIND);
}
