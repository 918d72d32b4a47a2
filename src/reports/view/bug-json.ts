// Bugs as the API gives them: times as ISO 8601. They come from the gate, without what the person may not see.
import type { Bug, BugRow } from '../../store/bugs.ts';
import type { WholeBug } from '../gate/whole-bug.ts';
import { isoTime, type JsonReader } from './report-json.ts';

type Json = Readonly<Record<string, unknown>>;

/** One row of `GET /api/bugs`. */
export function bugRowJson(row: BugRow, { basePath }: Pick<JsonReader, 'basePath'>): Json {
  const { firstSeenAt, lastSeenAt, users, ...rest } = row;
  return {
    ...rest,
    users: users ?? null,
    firstSeenAt: isoTime(firstSeenAt),
    lastSeenAt: isoTime(lastSeenAt),
    url: `${basePath}/api/bugs/${row.id}`,
  };
}

/** A bug without its lists. The request path can name people, so it is protected. */
export function bugJson(bug: Bug, reader: JsonReader): Json {
  const { path, closedAt, ignoredUntil, createdAt, ...rest } = bug;
  return {
    ...rest,
    ...bugRowJson(rest, reader),
    closedAt: isoTime(closedAt),
    ignoredUntil: isoTime(ignoredUntil),
    createdAt: isoTime(createdAt),
    ...(reader.person.seesProtected && { path }),
  };
}

/** The body of `GET /api/bugs/{id}`. */
export function wholeBugJson(whole: WholeBug, reader: JsonReader): Json {
  return {
    ...bugJson(whole.bug, reader),
    cases: whole.cases.map(({ firstSeenAt, lastSeenAt, ...rest }) => ({
      ...rest,
      firstSeenAt: isoTime(firstSeenAt),
      lastSeenAt: isoTime(lastSeenAt),
    })),
    series: whole.series,
    values: whole.values,
    versions: whole.versions.map(({ firstSeenAt, lastSeenAt, ...rest }) => ({
      ...rest,
      firstSeenAt: isoTime(firstSeenAt),
      lastSeenAt: isoTime(lastSeenAt),
    })),
    merges: whole.merges.map(({ at, ...rest }) => ({ ...rest, at: isoTime(at) })),
    events: whole.events.map(({ at, ...rest }) => ({ at: isoTime(at), ...rest })),
  };
}
