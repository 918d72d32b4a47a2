// Bugs as the API gives them: times as ISO 8601, protected values only for those who may see them.
import type { Bug, BugCase, BugEvent, BugRow, BugStore, BugValue, SeriesPoint } from '../../store/bugs.ts';
import type { Person } from '../auth/person.ts';
import { isoTime } from './report-json.ts';

type Json = Readonly<Record<string, unknown>>;

/** One row of `GET /api/bugs`. */
export function bugRowJson(row: BugRow): Json {
  const { firstSeenAt, lastSeenAt, ...rest } = row;
  return {
    ...rest,
    firstSeenAt: isoTime(firstSeenAt),
    lastSeenAt: isoTime(lastSeenAt),
    url: `/api/bugs/${row.id}`,
  };
}

/** Everything about a bug that its page shows. */
export interface WholeBug {
  readonly bug: Bug;
  readonly cases: readonly BugCase[];
  readonly series: readonly SeriesPoint[];
  readonly values: readonly BugValue[];
  readonly versions: Awaited<ReturnType<BugStore['versionsOf']>>;
  readonly events: readonly BugEvent[];
}

/** A bug without its lists. The request path can name people, so it is protected. */
export function bugJson(bug: Bug, person: Person): Json {
  const { path, closedAt, ignoredUntil, createdAt, ...rest } = bug;
  return {
    ...rest,
    ...bugRowJson(rest),
    closedAt: isoTime(closedAt),
    ignoredUntil: isoTime(ignoredUntil),
    createdAt: isoTime(createdAt),
    ...(person.seesProtected && { path }),
  };
}

/** The body of `GET /api/bugs/{id}`. */
export function wholeBugJson(whole: WholeBug, person: Person): Json {
  return {
    ...bugJson(whole.bug, person),
    cases: whole.cases.map(({ firstSeenAt, lastSeenAt, ...rest }) => ({
      ...rest,
      firstSeenAt: isoTime(firstSeenAt),
      lastSeenAt: isoTime(lastSeenAt),
    })),
    series: whole.series,
    values: seenValues(whole.values, person),
    versions: whole.versions.map(({ firstSeenAt, lastSeenAt, ...rest }) => ({
      ...rest,
      firstSeenAt: isoTime(firstSeenAt),
      lastSeenAt: isoTime(lastSeenAt),
    })),
    events: whole.events.map(({ at, ...rest }) => ({ at: isoTime(at), ...rest })),
  };
}

/** The values that a person may see. */
export function seenValues(values: readonly BugValue[], person: Person): readonly BugValue[] {
  return person.seesProtected ? values : values.filter((value) => !value.protected);
}
