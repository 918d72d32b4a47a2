// A new bug: for a key that led nowhere, for reports that reprocessing gave another key, or for a case that was split off.
import type { Ledger } from './ledger.ts';
import type { BugRecord } from './rows.ts';

/** What a new bug starts with; it counts nothing yet. */
export type NewBug = Pick<
  BugRecord,
  | 'productId'
  | 'key'
  | 'source'
  | 'title'
  | 'titleSteps'
  | 'kind'
  | 'language'
  | 'message'
  | 'path'
  | 'severity'
  | 'roles'
> & {
  readonly createdAt: number;
  readonly seenAt: number;
  /** A bug whose state it takes over, because its reports were in that bug before. */
  readonly like: BugRecord | null;
  readonly madeFor: number | null;
};

/** Gives the bug. */
export async function createBug(ledger: Ledger, bug: NewBug): Promise<BugRecord> {
  const { like, seenAt } = bug;
  const id = await ledger.nextId('bugs');
  ledger.cases.startBug(id);
  ledger.sums.startBug(id);
  return ledger.bugs.add({
    id,
    productId: bug.productId,
    key: bug.key,
    source: bug.source,
    title: bug.title,
    titleSteps: bug.titleSteps,
    kind: bug.kind,
    language: bug.language,
    message: bug.message,
    path: bug.path,
    state: like?.state ?? 'open',
    severity: bug.severity,
    roles: bug.roles,
    count: 0,
    installations: 0,
    valueRows: 0,
    firstSeenAt: seenAt,
    lastSeenAt: seenAt,
    firstVersion: null,
    lastVersion: null,
    createdAt: bug.createdAt,
    reopenedAt: null,
    closedAt: like?.closedAt ?? null,
    closedInVersion: like?.closedInVersion ?? null,
    ignoredUntil: like?.ignoredUntil ?? null,
    ignoredUntilCount: like?.ignoredUntilCount ?? null,
    assignee: like?.assignee ?? null,
    ticket: null,
    duplicateOf: null,
    mergedBy: null,
    mergedAt: null,
    madeFor: bug.madeFor,
    newestReportId: null,
  });
}
