// What a filter selects of one product: figures, days, versions and bugs. Every number counts the same crashes, so that parts add up.
import type { BugRow, SeriesPoint } from '../../store/bugs.ts';
import { allOf, daysOfPeriod, equals } from './crash-filter.ts';
import { leastCounted } from '../../search/engine/counted.ts';
import type { Counted } from '../../search/engine/counted.ts';
import type { Query } from '../../search/query/query-tree.ts';
import type { QueryFault } from '../../search/query/query-fault.ts';
import type { SeenStore } from '../gate/gate.ts';

const DAY_MS = 86_400_000;
const TOP_BUGS = 10;
/** More versions than these crash in no period that is shown; what further ones count stands with those that have none. */
const MAX_VERSIONS = 1000;

export interface OverviewAsked {
  readonly account: string;
  readonly product: string;
  /** Crashes whose reports arrived in the last so many times 24 hours; in charts, so many days that end today (UTC). */
  readonly days: number;
  /** Null: all crashes. */
  readonly query: Query | null;
  /** The period that `query` holds already. */
  readonly period?: string | undefined;
  readonly now: number;
}

/** What stands in a list of products. */
export interface ProductFigures extends Counted {
  readonly crashes: number;
  readonly installations: number;
  /** Open bugs that are new or were opened again, and have crashes of the filter. */
  readonly newBugs: number;
  readonly openBugs: number;
  /** Of the same length of time before. */
  readonly crashesBefore: number;
  /** Crashes by day, oldest first. */
  readonly byDay: readonly number[];
}

export interface FilteredOverview extends Omit<ProductFigures, 'newBugs' | 'openBugs' | 'crashesBefore'> {
  readonly series: readonly SeriesPoint[];
  readonly topBugs: readonly BugRow[];
  readonly newBugs: readonly BugRow[];
  readonly reopenedBugs: readonly BugRow[];
}

type Fault = { readonly fault: QueryFault };

/** What the filter selects of crashes that arrived in the last days: the same as the lists that a `period` of these days leads to. */
export function withinDays({ days, query, period }: Pick<OverviewAsked, 'days' | 'query' | 'period'>): Query {
  const arrived = equals('received', `-${days}d`);
  if (query === null) return arrived;
  const held = daysOfPeriod(period) ?? Infinity;
  return held <= days ? query : allOf([arrived, query]);
}

/** The same filter for the equal time before; a period that the filter holds already is moved back. */
function timeBefore({ days, query, period, now }: OverviewAsked): Query {
  const iso = (ago: number): string => new Date(Math.max(0, now - ago * days * DAY_MS)).toISOString();
  const arrived: Query = {
    is: 'clause',
    key: 'received',
    conditions: [{ op: 'between', from: iso(2), to: iso(1) }],
    at: 0,
  };
  const others = query === null ? null : period === undefined ? query : withoutPeriod(query, period);
  return others === null ? arrived : allOf([arrived, others]);
}

/** The clauses beside that of the period, which `readCrashFilter` adds by itself. */
function withoutPeriod(query: Query, period: string): Query | null {
  const isPeriod = (one: Query): boolean =>
    one.is === 'clause' &&
    one.key === 'received' &&
    one.conditions.some((condition) => condition.op === 'equals' && condition.text === `-${period}`);
  if (isPeriod(query)) return null;
  return query.is === 'and' ? { is: 'and', of: query.of.filter((one) => !isPeriod(one)) } : query;
}

export async function productFigures(
  seen: SeenStore,
  asked: OverviewAsked,
): Promise<{ readonly figures: ProductFigures } | Fault> {
  const { account, product } = asked;
  const query = withinDays(asked);
  const open = { account, product, state: 'open' } as const;
  const newSince = firstDay(asked) * DAY_MS;
  const [answer, before, isNew, all] = await Promise.all([
    seen.search({ account, product, query, ...NOTHING, histogram: 'day', distinct: ['installation'] }),
    seen.search({ account, product, query: timeBefore(asked), ...NOTHING }),
    seen.searchBugs(query, { ...open, newSince }, { limit: 1 }),
    seen.searchBugs(query, open, { limit: 1 }),
  ]);
  if ('fault' in answer) return answer;
  if ('fault' in before) return before;
  if ('fault' in isNew) return isNew;
  if ('fault' in all) return all;
  return {
    figures: {
      crashes: answer.answer.crashes,
      crashesBefore: before.answer.crashes,
      installations: answer.answer.distinct[0] ?? 0,
      newBugs: isNew.found.states.open,
      openBugs: all.found.states.open,
      byDay: daysOf(answer.answer.histogram, asked),
      ...leastCounted([answer.answer, before.answer, isNew.found, all.found]),
    },
  };
}

export async function filteredOverview(
  seen: SeenStore,
  asked: OverviewAsked,
): Promise<{ readonly overview: FilteredOverview } | Fault> {
  const { account, product } = asked;
  const query = withinDays(asked);
  const newSince = firstDay(asked) * DAY_MS;
  const [found, top, fresh] = await Promise.all([
    seen.search({
      account,
      product,
      query,
      ...NOTHING,
      facets: [{ key: 'version', top: MAX_VERSIONS, distinct: null, days: true }],
      histogram: 'day',
      distinct: ['installation'],
    }),
    seen.searchBugs(query, { account, product, order: 'count' }, { limit: TOP_BUGS }),
    seen.searchBugs(query, { account, product, state: 'open', newSince, order: 'count' }, { limit: 200 }),
  ]);
  if ('fault' in found) return found;
  if ('fault' in top) return top;
  if ('fault' in fresh) return fresh;
  const { answer } = found;
  return {
    overview: {
      crashes: answer.crashes,
      installations: answer.distinct[0] ?? 0,
      byDay: daysOf(answer.histogram, asked),
      ...leastCounted([answer, top.found, fresh.found]),
      series: seriesOf(answer, asked),
      topBugs: top.found.rows,
      newBugs: fresh.found.rows.filter(({ firstSeenAt }) => firstSeenAt >= newSince).slice(0, TOP_BUGS),
      reopenedBugs: fresh.found.rows.filter(({ firstSeenAt }) => firstSeenAt < newSince).slice(0, TOP_BUGS),
    },
  };
}

const NOTHING = { facets: [], histogram: null, distinct: [], numbers: [], list: null } as const;

function firstDay({ days, now }: Pick<OverviewAsked, 'days' | 'now'>): number {
  return Math.floor(now / DAY_MS) - days + 1;
}

/**
 * The place of a day among those that are shown, from 0. What arrived in time may have happened earlier, and by a client's clock may happen
 * tomorrow: it counts with the first day and with today, so that the bars add up to the crashes.
 */
function placeOf(day: number, asked: OverviewAsked): number {
  return Math.max(0, Math.min(day - firstDay(asked), asked.days - 1));
}

function daysOf(
  histogram: readonly (readonly [day: number, crashes: number])[],
  asked: OverviewAsked,
): readonly number[] {
  const sums = Array.from({ length: asked.days }, () => 0);
  for (const [day, crashes] of histogram) {
    const at = placeOf(day, asked);
    sums[at] = (sums[at] ?? 0) + crashes;
  }
  return sums;
}

type Answered = Extract<Awaited<ReturnType<SeenStore['search']>>, { answer: unknown }>['answer'];

/** By day and version; what has no version is what the days count beyond the versions. */
function seriesOf({ facets, histogram }: Answered, asked: OverviewAsked): readonly SeriesPoint[] {
  const first = firstDay(asked);
  const left = [...daysOf(histogram, asked)];
  const points: SeriesPoint[] = [];
  const push = (version: string | null, counts: readonly number[]): void => {
    for (const [at, count] of counts.entries())
      if (count > 0) points.push({ day: dayText(first + at), version, platform: null, count });
  };
  for (const { value, days } of facets[0]?.values ?? []) {
    const counts = daysOf(days, asked);
    push(String(value), counts);
    for (const [at, count] of counts.entries()) left[at] = (left[at] ?? 0) - count;
  }
  push(null, left);
  return points;
}

function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
