// Everything that the page and the API show of one bug, read at once.
import type {
  Bug,
  BugCase,
  BugEvent,
  BugPlace,
  BugStore,
  BugValue,
  MergedBug,
  SeriesPoint,
} from '../../store/bugs.ts';

/** Everything about a bug that its page shows. */
export interface WholeBug {
  readonly bug: Bug;
  readonly cases: readonly BugCase[];
  readonly series: readonly SeriesPoint[];
  readonly values: readonly BugValue[];
  readonly versions: Awaited<ReturnType<BugStore['versionsOf']>>;
  readonly places: readonly BugPlace[];
  readonly events: readonly BugEvent[];
  /** Bugs that went into this one. */
  readonly merges: readonly MergedBug[];
}

/** Days of the charts of a bug. */
export const BUG_DAYS = 56;
export const MAX_CASES = 50;
const VALUES_PER_KEY = 8;
const MAX_EVENTS = 200;
const MAX_MERGES = 20;

/** Null: there is no such bug. */
export async function readWholeBug(bugs: BugStore, id: number): Promise<WholeBug | null> {
  const bug = await bugs.getBug(id);
  if (bug === null) return null;
  const [cases, series, values, versions, places, events, merges] = await Promise.all([
    bugs.casesOf(id, MAX_CASES),
    bugs.seriesOf(id, BUG_DAYS),
    bugs.valuesOf(id, VALUES_PER_KEY),
    bugs.versionsOf(id),
    bugs.placesOf(id),
    bugs.eventsOf(id, MAX_EVENTS),
    bugs.mergesOf(id, MAX_MERGES),
  ]);
  return { bug, cases, series, values, versions, places, events, merges };
}
