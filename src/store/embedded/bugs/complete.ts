// A processed report is filed: stored, counted under its bugs, taken off the queue; all in one transaction, once for each report.
//
// Processing a report again replaces what it contributed: the new contribution is added first and the old one taken back then, so
// that a case or bug that keeps the report never passes through zero.
import type { FiledCrash } from '../../queue.ts';
import { addContribution, filedCrashes, refreshNewest, subtractContribution } from '../bugs/contribution.ts';
import type { FiledRow } from '../bugs/contribution.ts';
import { requireBug } from '../bugs/bug-record.ts';
import { reopenByItself } from '../bugs/actions.ts';
import { caseOf } from '../bugs/cases.ts';
import { labelOf } from '../bugs/labels.ts';
import type { Label } from '../bugs/labels.ts';
import { opensBecause } from '../../filing/filed-occurrence.ts';
import { reopenModeOf } from '../bugs/rules-record.ts';
import { routeCrash, wasUnprocessable } from '../bugs/route.ts';
import { noteSeen } from '../bugs/seen.ts';
import { noteDepartures, succeedEmptied } from '../bugs/succession.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { tallyState } from '../transaction/write-context.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { notePendingNotice } from '../notifications/pending-notices.ts';
import type { CrashFiling, Filing } from '../../shared/filing.ts';
import { heldReport } from '../queue/held-report.ts';
import type { LeasedRow } from '../queue/held-report.ts';
import { noteMissing } from './missing.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Clients say on which day a crash counts. What is further from its arrival counts on the day of that: series have bounds. */
const MAX_DAYS_BEFORE = 400;
const MAX_DAYS_AFTER = 1;

const storeProcessed = query<
  [reportId: number, processor: string, processedAt: number, bytes: number, data: Uint8Array]
>(`
  INSERT OR REPLACE INTO processed_reports (report_id, processor, processed_at, bytes, data) VALUES (?, ?, ?, ?, ?)`);

const setProcessed = query<[id: number]>(`
  UPDATE reports SET state = 'processed', lease_until = NULL, lease_id = NULL, failure = NULL WHERE id = ?`);

const deleteFrom = query<[reportId: number, position: number]>(`
  DELETE FROM report_crashes WHERE report_id = ? AND position >= ?`);

/** What all crashes of a report share. */
interface Surroundings {
  readonly report: LeasedRow;
  readonly filing: Filing;
  readonly version: Label;
  readonly platform: Label;
  /** Whether the report was filed before. */
  readonly again: boolean;
  readonly now: number;
}

/** Null: the lease is lost and nothing has changed. */
export function completeReport(
  context: WriteContext,
  crashId: string,
  leaseId: string,
  filing: Filing,
  now: number,
): readonly FiledCrash[] | null {
  const { connection, tally } = context;
  const report = heldReport(connection, crashId, leaseId);
  if (report === null) return null;
  const { id, productId, receivedAt } = report;
  const before = filedCrashes(connection, id);
  const surroundings: Surroundings = {
    report,
    filing,
    version: labelOf(connection, productId, 'version', { name: filing.version, at: receivedAt }),
    platform: labelOf(connection, productId, 'platform', { name: filing.platform, at: receivedAt }),
    again: before.length > 0,
    now,
  };
  const filed = filing.crashes.map((crash, position) =>
    fileCrash(connection, surroundings, crash, position, before[position] ?? null),
  );
  deleteFrom(connection).run(id, filing.crashes.length);
  for (const row of before) subtractContribution(connection, row);
  if (surroundings.again) settle(connection, before, filed, now);
  storeProcessed(connection).run(id, filing.processor, filing.processedAt, filing.bytes, filing.packed);
  noteMissing(connection, report, filing.missing);
  setProcessed(connection).run(id);
  tallyState(tally, report.kindId, 'queued', -1);
  tallyState(tally, report.kindId, 'processed', 1);
  for (const { bugId, event } of filed) notePendingNotice(connection, bugId, event, now);
  return filed.map(({ bugId, event }) => {
    const bug = requireBug(connection, bugId);
    if (bug.duplicateOf === null) return { bugId, event, state: bug.state };
    return { bugId: bug.duplicateOf, event, state: requireBug(connection, bug.duplicateOf).state };
  });
}

function fileCrash(
  connection: Connection,
  surroundings: Surroundings,
  crash: CrashFiling,
  position: number,
  old: FiledRow | null,
): Pick<FiledCrash, 'bugId' | 'event'> {
  const { report, filing, version, platform, again, now } = surroundings;
  const { id: reportId, productId, receivedAt: seenAt } = report;
  const route = routeCrash(connection, { report, crash, position, old, now });
  const bug = requireBug(connection, route.bugId);
  const { caseKey, severity, context, count } = crash;
  const caseId = caseOf(connection, bug.id, { caseKey, severity, context, seenAt, version: filing.version });
  addContribution(
    connection,
    { productId, bugId: bug.id, caseId },
    {
      ...crash,
      reportId,
      position,
      seenAt,
      day: dayOf(crash, seenAt),
      version: filing.version,
      versionId: version.id,
      platformId: platform.id,
      installation: filing.installation,
      movedBy: old?.movedBy ?? null,
      movedAt: old?.movedAt ?? null,
    },
  );
  const roles = crash.role === null ? [] : [crash.role];
  noteSeen(connection, bug, { ...crash, roles });
  const understoodAtLast = old !== null && old.bugId !== bug.id && wasUnprocessable(connection, old);
  if (again && !understoodAtLast) return { bugId: bug.id, event: 'unchanged' };
  if (route.made) return { bugId: bug.id, event: 'new' };
  const because = opensBecause(
    bug,
    { at: seenAt, version: filing.version, versionSince: version.firstSeenAt, count: bug.count + count },
    bug.state === 'closed' ? reopenModeOf(connection, productId) : 'at_once',
  );
  if (because === null) return { bugId: bug.id, event: 'recurring' };
  reopenByItself(connection, bug.id, now, because);
  return { bugId: bug.id, event: 'reopened' };
}

function dayOf({ day }: CrashFiling, seenAt: number): number {
  const arrival = Math.floor(seenAt / DAY_MS);
  if (day === null || day < arrival - MAX_DAYS_BEFORE || day > arrival + MAX_DAYS_AFTER) return arrival;
  return day;
}

/** What reprocessing took away from bugs: their newest report, and perhaps their last. */
function settle(
  connection: Connection,
  before: readonly FiledRow[],
  filed: readonly Pick<FiledCrash, 'bugId'>[],
  now: number,
): void {
  const present = new Set(filed.map(({ bugId }) => bugId));
  const left = new Set(before.map(({ bugId }) => bugId).filter((bugId) => !present.has(bugId)));
  for (const [position, row] of before.entries()) {
    const to = filed[position]?.bugId;
    if (to !== undefined && to !== row.bugId && !wasUnprocessable(connection, row))
      noteDepartures(connection, row.bugId, to);
  }
  for (const bugId of left) {
    refreshNewest(connection, bugId);
    succeedEmptied(connection, bugId, now);
  }
}
