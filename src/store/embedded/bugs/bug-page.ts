// The lists of one bug's page: cases, series, values, versions, history.
import type { BugCase, BugEvent, BugPlace, BugStore, BugValue, MergedBug, SeriesPoint } from '../../bugs.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import type { CompareVersions } from '../../../report/version-schemes.ts';
import { productVersionOrder } from '../database/version-rules.ts';
import { dayOf, dayText, startOfDay } from '../../shared/days.ts';

interface CaseRow {
  readonly id: number;
  readonly caseKey: string;
  readonly count: number;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  readonly severity: number;
  readonly context: string | null;
}

const selectCases = query<[bugId: number, limit: number], CaseRow>(`
  SELECT
    min(id) AS id, case_key AS caseKey, sum(count) AS count, min(first_seen_at) AS firstSeenAt,
    max(last_seen_at) AS lastSeenAt, max(severity) AS severity, max(opened(context, 'cases.context')) AS context
  FROM cases WHERE bug_id = ? GROUP BY case_key ORDER BY sum(count) DESC, min(id) LIMIT ?`);
/** The same for what a filter counts: a case is all rows of its key, of which the filter may select crashes of some. */
const selectCounted = query<[crashes: string, bugId: number, limit: number], CaseRow>(`
  SELECT
    min(cases.id) AS id, case_key AS caseKey, sum(counted.crashes) AS count, min(first_seen_at) AS firstSeenAt,
    max(last_seen_at) AS lastSeenAt, max(severity) AS severity, max(opened(context, 'cases.context')) AS context
  FROM cases
  LEFT JOIN (SELECT value ->> 0 AS id, value ->> 1 AS crashes FROM json_each(?)) AS counted ON counted.id = cases.id
  WHERE bug_id = ? GROUP BY case_key HAVING sum(counted.crashes) > 0
  ORDER BY sum(counted.crashes) DESC, min(cases.id) LIMIT ?`);

const sampleOfCase = query<[bugId: number, caseKey: string], string>(`
  SELECT crash_id FROM reports WHERE id = (
    SELECT max((SELECT max(report_id) FROM report_crashes WHERE case_id = cases.id))
    FROM cases WHERE bug_id = ? AND case_key = ?)`);

/** By count, greatest first: of all time, or `crashes` of each row. */
export function casesOf(
  connection: Connection,
  id: number,
  limit: number,
  crashes?: readonly (readonly [row: number, crashes: number])[],
): readonly BugCase[] {
  const rows =
    crashes === undefined
      ? selectCases(connection).all(id, limit)
      : selectCounted(connection).all(JSON.stringify(crashes), id, limit);
  return rows.map(({ id: caseId, caseKey, count, firstSeenAt, lastSeenAt, severity, context }) => ({
    id: caseId,
    caseKey,
    count,
    firstSeenAt,
    lastSeenAt,
    severity: severity === 1 ? 'major' : 'normal',
    context,
    sample: sampleOfCase(connection).pluck().get(id, caseKey) ?? null,
  }));
}

interface PointRow {
  readonly day: number;
  readonly version: string | null;
  readonly platform: string | null;
  readonly count: number;
}

const selectSeries = query<[bugId: number, from: number, to: number], PointRow>(`
  SELECT day, versions.name AS version, platforms.name AS platform, count
  FROM bug_series
  LEFT JOIN labels AS versions ON versions.id = version_id
  LEFT JOIN labels AS platforms ON platforms.id = platform_id
  WHERE bug_id = ? AND day >= ? AND day <= ? ORDER BY day`);

/** The last so many days, oldest first, ending today (UTC). */
export function seriesOf(
  connection: Connection,
  id: number,
  days: number,
  now: number,
): readonly SeriesPoint[] {
  const today = dayOf(now);
  return selectSeries(connection)
    .all(id, today - days + 1, today)
    .map(({ day, version, platform, count }) => ({ day: dayText(day), version, platform, count }));
}

interface ValueRow {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  readonly rest: number;
  readonly count: number;
  readonly protected: number;
}

const selectValues = query<[bugId: number], ValueRow>(`
  SELECT
    section, case_values.key, opened(case_values.value, 'case_values.value') AS value, rest, sum(case_values.count) AS count, max(protected) AS protected
  FROM cases JOIN case_values ON case_values.case_id = cases.id
  WHERE cases.bug_id = ?
  GROUP BY section, case_values.key, rest, opened(case_values.value, 'case_values.value')
  ORDER BY section, case_values.key, rest, count DESC, opened(case_values.value, 'case_values.value')`);

/** By section and key, the most frequent values first; what is beyond `perKey` is counted together. */
export function valuesOf(connection: Connection, id: number, perKey: number): readonly BugValue[] {
  const values: BugValue[] = [];
  let shown = 0;
  for (const row of selectValues(connection).all(id)) {
    const { section, key, count } = row;
    const isProtected = row.protected === 1;
    const last = values.at(-1);
    const sameKey = last?.section === section && last.key === key;
    shown = sameKey ? shown + 1 : 1;
    if (row.rest === 0 && shown <= perKey) {
      values.push({ section, key, value: row.value, count, protected: isProtected });
    } else if (sameKey && last.value === null) {
      values[values.length - 1] = {
        ...last,
        count: last.count + count,
        protected: last.protected || isProtected,
      };
    } else {
      values.push({ section, key, value: null, count, protected: isProtected });
    }
  }
  return values;
}

const selectVersions = query<
  [bugId: number],
  { version: string | null; count: number; firstDay: number; lastDay: number }
>(`
  SELECT labels.name AS version, sum(count) AS count, min(day) AS firstDay, max(day) AS lastDay
  FROM bug_series LEFT JOIN labels ON labels.id = version_id
  WHERE bug_id = ? GROUP BY version_id`);
const productOf = query<[bugId: number], number>(`SELECT product_id FROM bugs WHERE id = ?`);

/** The newest version first; crashes that name none last. */
export function versionsOf(connection: Connection, id: number): Awaited<ReturnType<BugStore['versionsOf']>> {
  const order = productVersionOrder(connection, productOf(connection).pluck().get(id) ?? 0);
  return selectVersions(connection)
    .all(id)
    .toSorted((a, b) => newestFirst(order, a.version, b.version))
    .map(({ version, count, firstDay, lastDay }) => ({
      version,
      count,
      firstSeenAt: startOfDay(firstDay),
      lastSeenAt: startOfDay(lastDay),
    }));
}

/** Equal ones by their text, so that the list is the same each time. */
function newestFirst(order: CompareVersions, a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return order(b, a) || (a < b ? 1 : -1);
}

const selectMerges = query<
  [into: number, limit: number],
  Omit<MergedBug, 'canBeUndone'> & { readonly noted: number }
>(`
  SELECT id, title, merged_by AS by, ifnull(merged_at, 0) AS at, merges.into_bug IS bugs.duplicate_of AS noted
  FROM bugs LEFT JOIN merges ON merges.from_bug = bugs.id
  WHERE duplicate_of = ? ORDER BY merged_at DESC, id DESC LIMIT ?`);

/** The last first. */
export function mergesOf(connection: Connection, id: number, limit: number): readonly MergedBug[] {
  return selectMerges(connection)
    .all(id, limit)
    .map(({ id: from, title, by, at, noted }) => ({
      id: from,
      title,
      by,
      at,
      canBeUndone: by !== null && noted === 1,
    }));
}

const selectEvents = query<[bugId: number, limit: number], BugEvent>(`
  SELECT at, by, what, opened(detail, 'bug_events.detail') AS detail FROM bug_events WHERE bug_id = ? ORDER BY id DESC LIMIT ?`);

/** Newest first. */
export function eventsOf(connection: Connection, id: number, limit: number): readonly BugEvent[] {
  return selectEvents(connection).all(id, limit);
}

const selectPlaces = query<[bugId: number], BugPlace>(`
  SELECT versions.name AS version, platforms.name AS platform, sum(bug_series.count) AS count
  FROM bug_series
  LEFT JOIN labels AS versions ON versions.id = version_id
  LEFT JOIN labels AS platforms ON platforms.id = platform_id
  WHERE bug_id = ? GROUP BY version_id, platform_id`);

export function placesOf(connection: Connection, id: number): readonly BugPlace[] {
  return selectPlaces(connection).all(id);
}
