// A bug as a filter shows it: figures, days, versions, cases and values are those of the crashes that the filter selects.
import type { Counted } from '../../search/engine/counted.ts';
import type { BugPlace, BugValue, SeriesPoint } from '../../store/bugs.ts';
import type { FacetSeen } from '../gate/seen-search.ts';
import type { Query } from '../../search/query/query-tree.ts';
import type { QueryFault } from '../../search/query/query-fault.ts';
import type { SeenStore } from '../gate/gate.ts';
import type { WholeBug } from '../gate/whole-bug.ts';
import { allOf, equals } from './crash-filter.ts';

const DAY_MS = 86_400_000;
const TOP_VALUES = 8;
const TOP_VERSIONS = 1000;
/** Rows of cases: some hundred for each bug that was merged into this one. */
const TOP_CASES = 10_000;
/** Keys that reports brought, of which values are counted: each is a column to read. */
const MAX_REPORTED = 24;
/** Fields of which values are counted, as far as the reports have them. */
const FIELDS = [
  'platform',
  'os',
  'os_version',
  'cpu',
  'channel',
  'environment',
  'process_type',
  'build',
  'reason',
];

/** The crashes of a bug that a filter selects. */
export function ofBug(id: number, query: Query): Query {
  return allOf([equals('bug', `#${id}`), query]);
}

export async function bugUnderFilter(
  seen: SeenStore,
  whole: WholeBug,
  query: Query,
): Promise<({ readonly whole: WholeBug } & Counted) | { readonly fault: QueryFault }> {
  const { account, product, id } = whole.bug;
  const of = { account, product };
  const keys = await seen.searchKeys(of);
  const reported = keys.filter(({ isField }) => !isField).slice(0, MAX_REPORTED);
  const counted = [...FIELDS, ...reported.map(({ name }) => name)];
  const facets: readonly FacetSeen[] = [
    { key: 'version', top: TOP_VERSIONS, distinct: null, days: true, within: { key: 'platform', top: 50 } },
    { key: 'platform', top: 50, distinct: null, days: false },
    { key: 'case', top: TOP_CASES, distinct: null, days: false },
    ...counted.map((key) => ({ key, top: TOP_VALUES, distinct: null, days: false })),
  ];
  const found = await seen.search({
    ...of,
    query: ofBug(id, query),
    facets,
    histogram: 'day',
    distinct: ['installation'],
    numbers: [],
    list: null,
  });
  if ('fault' in found) return found;
  const { answer } = found;
  const [versions, platforms, cases, ...values] = answer.facets;
  const ofCases = (cases?.values ?? []).map(({ value, crashes }) => [Number(value), crashes] as const);
  const secret = new Set(reported.flatMap(({ name, isProtected }) => (isProtected ? [name] : [])));
  return {
    complete: answer.complete,
    counted: answer.counted,
    existing: answer.existing,
    whole: {
      ...whole,
      bug: { ...whole.bug, count: answer.crashes, installations: answer.distinct[0] ?? 0 },
      cases: await seen.casesUnderFilter(id, ofCases),
      series: seriesOf(answer.histogram, versions),
      places: placesOf(answer.crashes, versions, platforms),
      versions: versionsOf(versions),
      values: values.flatMap((facet, at) =>
        valuesOfKey(counted[at] ?? '', facet, { crashes: answer.crashes, secret }),
      ),
    },
  };
}

/** The values of one key, and the rest of its crashes as one row. */
function valuesOfKey(
  name: string,
  facet: FacetAnswer,
  { crashes, secret }: { readonly crashes: number; readonly secret: ReadonlySet<string> },
): readonly BugValue[] {
  const dot = name.indexOf('.');
  const section = dot < 0 ? 'crash' : name.slice(0, dot);
  const row = (value: string | null, count: number): BugValue => ({
    section,
    key: name.slice(dot + 1),
    value,
    count,
    protected: secret.has(name),
  });
  const rows = facet.values.map(({ value, crashes: count }) => row(String(value), count));
  // A crash can have several values of a key; then nothing is left.
  const rest = crashes - facet.absent - rows.reduce((sum, { count }) => sum + count, 0);
  if (facet.different > facet.values.length && rest > 0) rows.push(row(null, rest));
  return rows;
}

type FacetAnswer = Extract<
  Awaited<ReturnType<SeenStore['search']>>,
  { answer: unknown }
>['answer']['facets'][number];

/** By day and version; what has no version is what the days count beyond the versions. */
function seriesOf(
  histogram: readonly (readonly [day: number, crashes: number])[],
  versions: FacetAnswer | undefined,
): readonly SeriesPoint[] {
  const left = new Map(histogram);
  const points: SeriesPoint[] = [];
  for (const { value, days } of versions?.values ?? []) {
    for (const [day, count] of days) {
      points.push({ day: dayText(day), version: String(value), platform: null, count });
      left.set(day, (left.get(day) ?? 0) - count);
    }
  }
  const unnamed = [...left]
    .filter(([, count]) => count > 0)
    .map(([day, count]): SeriesPoint => ({ day: dayText(day), version: null, platform: null, count }));
  return [...points, ...unnamed];
}

/** By version and platform; what one of them does not name is what the sums count beyond. */
function placesOf(
  crashes: number,
  versions: FacetAnswer | undefined,
  platforms: FacetAnswer | undefined,
): readonly BugPlace[] {
  const places: BugPlace[] = [];
  const left = new Map((platforms?.values ?? []).map(({ value, crashes: count }) => [String(value), count]));
  const push = (version: string | null, platform: string | null, count: number): void => {
    if (count > 0) places.push({ version, platform, count });
  };
  for (const { value, crashes: ofVersion, within } of versions?.values ?? []) {
    for (const { value: on, crashes: count } of within) {
      push(String(value), String(on), count);
      left.set(String(on), (left.get(String(on)) ?? 0) - count);
    }
    push(String(value), null, ofVersion - within.reduce((sum, { crashes: count }) => sum + count, 0));
  }
  for (const [platform, count] of left) push(null, platform, count);
  push(null, null, crashes - places.reduce((sum, { count }) => sum + count, 0));
  return places;
}

/** In the order of their last crashes, and what has none at the end. */
function versionsOf(facet: FacetAnswer | undefined): WholeBug['versions'] {
  if (facet === undefined) return [];
  return facet.values
    .map(({ value, crashes, days }) => ({
      version: String(value),
      count: crashes,
      firstSeenAt: (days[0]?.[0] ?? 0) * DAY_MS,
      lastSeenAt: (days.at(-1)?.[0] ?? 0) * DAY_MS,
    }))
    .toSorted((a, b) => b.lastSeenAt - a.lastSeenAt || b.count - a.count);
}

function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
