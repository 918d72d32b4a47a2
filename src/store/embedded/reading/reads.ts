// Every read that a reader thread knows, by name: those that look at more than a few rows. Point lookups stay on the main thread.
import { auditAfter, listAudit } from '../audit/audit-rows.ts';
import { findCorrelations } from '../analysis/find-correlations.ts';
import { findTrends } from '../analysis/find-trends.ts';
import { originOfBug } from '../analysis/origin-of-bug.ts';
import { topCrashers } from '../analysis/top-crashers.ts';
import { reportsOf } from '../bugs/list-bug-reports.ts';
import { bugRows } from '../bugs/bug-row.ts';
import { valuesOf } from '../bugs/bug-page.ts';
import { bugIds, countBugs } from '../bugs/list-bugs.ts';
import { productOverview } from '../bugs/read-overview.ts';
import { similarBugs } from '../bugs/similar-bugs.ts';
import type { Connection } from '../database/query.ts';
import { inSnapshot } from '../database/snapshot.ts';
import { findErasable } from '../read/find-erasable.ts';
import { listInbox } from '../read/list-inbox.ts';
import { listReports } from '../read/list-reports.ts';
import { bugHappenings } from '../notifications/alert-rows.ts';
import { askFacts, listSearchKeys } from '../search/ask-facts.ts';
import { askFirstMatches, askTimeline } from '../search/ask-timeline.ts';
import { expiredFacts } from '../search/expired-facts.ts';
import { foundBugIds, foundBugs } from '../search/found-bugs.ts';
import { listBugsAndUsers, usersOfBugs } from '../search/users-of-bugs.ts';
import { foundReports } from '../search/found-reports.ts';
import { draftSegment } from '../search/draft-segment.ts';
import { facets } from '../read/read-status.ts';
import { compareReleases } from '../releases/compare-releases.ts';
import { getRelease, listReleases } from '../releases/read-releases.ts';

const READS = {
  findErasable,
  listAudit,
  auditAfter,
  listReports,
  listInbox,
  facets,
  listBugs: listBugsAndUsers,
  countBugs,
  bugIds,
  productOverview,
  reportsOf,
  similarBugs,
  valuesOf,
  bugRows,
  askFacts,
  askTimeline,
  askFirstMatches,
  bugHappenings,
  foundBugs,
  foundBugIds,
  usersOfBugs,
  foundReports,
  expiredFacts,
  listSearchKeys,
  draftSegment,
  findCorrelations,
  findTrends,
  originOfBug,
  topCrashers,
  compareReleases,
  getRelease,
  listReleases,
};

export type ReadName = keyof typeof READS;

type Tail<T extends readonly unknown[]> = T extends readonly [unknown, ...infer Rest] ? Rest : never;

/** The arguments of a read, without the connection. */
export type ReadArguments<N extends ReadName> = Tail<Parameters<(typeof READS)[N]>>;
/** What a read gives. */
export type ReadResult<N extends ReadName> = ReturnType<(typeof READS)[N]>;

/** Runs a read by name on one snapshot; the arguments come from `ReaderPool.read`, which checked their types. */
export function runRead(connection: Connection, name: ReadName, args: readonly unknown[]): unknown {
  const read = READS[name] as (connection: Connection, ...args: readonly unknown[]) => unknown;
  return inSnapshot(connection, () => read(connection, ...args));
}
