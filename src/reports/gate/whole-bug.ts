// Everything that the page and the API show of one bug, read at once.
import type { Bug, BugCase, BugEvent, BugStore, BugValue, MergedBug, SeriesPoint } from '../../store/bugs.ts';

/** Everything about a bug that its page shows. */
export interface WholeBug {
  readonly bug: Bug;
  readonly cases: readonly BugCase[];
  readonly series: readonly SeriesPoint[];
  readonly values: readonly BugValue[];
  readonly versions: Awaited<ReturnType<BugStore['versionsOf']>>;
  readonly events: readonly BugEvent[];
  /** Bugs that went into this one. */
  readonly merges: readonly MergedBug[];
}

/** Days of the charts of a bug. */
export const BUG_DAYS = 56;
const DAY_MS = 24 * 60 * 60 * 1000;
const MAX_CASES = 50;
const VALUES_PER_KEY = 8;
const MAX_EVENTS = 200;
const MAX_MERGES = 20;

/** Null: there is no such bug. */
export async function readWholeBug(bugs: BugStore, id: number): Promise<WholeBug | null> {
  const bug = await bugs.getBug(id);
  if (bug === null) return null;
  const [cases, series, values, versions, events, merges] = await Promise.all([
    bugs.casesOf(id, MAX_CASES),
    bugs.seriesOf(id, BUG_DAYS),
    bugs.valuesOf(id, VALUES_PER_KEY),
    bugs.versionsOf(id),
    bugs.eventsOf(id, MAX_EVENTS),
    bugs.mergesOf(id, MAX_MERGES),
  ]);
  return { bug: sinceFirstDay(bug, versions), cases, series, values, versions, events, merges };
}

/** Clients may send days after the crash and say so; lists stand by arrival, but a bug itself tells when it first happened. */
function sinceFirstDay(bug: Bug, versions: WholeBug['versions']): Bug {
  const earliest = versions.toSorted((one, other) => one.firstSeenAt - other.firstSeenAt)[0];
  // The times of versions are the beginnings of days, so that of the day of arrival says less than the bug's own.
  if (earliest === undefined || earliest.firstSeenAt + DAY_MS > bug.firstSeenAt) return bug;
  return { ...bug, firstSeenAt: earliest.firstSeenAt, firstVersion: earliest.version };
}
