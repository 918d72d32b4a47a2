// What one crash of a stored report adds to a case, its bug and its product: added once, written down with the report, and taken back
// exactly when the report is processed again or moved.
import type { FiledValue } from '../shared/filing.ts';
import { addInstallation, subtractInstallation } from './affected.ts';
import { addToSeries } from './case-series.ts';
import type { Owner } from './case-series.ts';
import { addValues, subtractValues } from './case-values.ts';
import type { CountedValue } from './case-values.ts';
import type { Ledger } from './ledger.ts';
import type { BugRecord, CaseRecord, FiledRecord } from './rows.ts';

/** A crash with the place in its report, and the values that it counts. `seq`: the row of its facts, whatever its case was before. */
export interface Crash extends Omit<FiledRecord, 'caseId' | 'valueIds'> {
  readonly seenAt: number;
  readonly version: string | null;
  readonly severity: number;
  readonly values: readonly (FiledValue | CountedValue)[];
}

/** A filed crash with the bug and product that its case belongs to. */
export interface FiledCrashRow extends FiledRecord {
  readonly bugId: number;
  readonly productId: number;
}

/** What a report contributes at present, by position. */
export async function filedCrashes(ledger: Ledger, reportId: number): Promise<readonly FiledCrashRow[]> {
  const rows: FiledCrashRow[] = [];
  for (const row of await ledger.reports.filed(reportId)) {
    const { bugId } = await ledger.cases.require(row.caseId);
    const { productId } = await ledger.bugs.require(bugId);
    rows.push({ ...row, bugId, productId });
  }
  return rows;
}

/** Adds a crash and writes down what it added. A row of the same report and position is replaced, not taken back. */
export async function addContribution(ledger: Ledger, owner: Owner, crash: Crash): Promise<void> {
  const { bugId, caseId } = owner;
  const { count, installation, day } = crash;
  const isCounted = installation !== null && (await addInstallation(ledger, owner, installation, day));
  await ledger.cases.change(caseId, withCrash(await ledger.cases.require(caseId), crash));
  await ledger.bugs.change(bugId, bugWithCrash(await ledger.bugs.require(bugId), crash));
  addToSeries(ledger, owner, crash, count);
  const valueIds = await addValues(ledger, owner, crash.values, count);
  await ledger.reports.file({
    reportId: crash.reportId,
    position: crash.position,
    caseId,
    key: crash.key,
    caseKey: crash.caseKey,
    signature: crash.signature,
    count,
    day,
    versionId: crash.versionId,
    platformId: crash.platformId,
    installation: isCounted ? installation : null,
    valueIds,
    movedBy: crash.movedBy,
    movedAt: crash.movedAt,
    seq: crash.seq,
  });
}

type Sums = Pick<
  CaseRecord,
  'count' | 'severity' | 'firstSeenAt' | 'lastSeenAt' | 'firstVersion' | 'lastVersion'
>;

function withCrash(sums: Sums, { count, severity, seenAt, version }: Crash): Sums {
  return {
    count: sums.count + count,
    severity: Math.max(sums.severity, severity),
    firstVersion: seenAt < sums.firstSeenAt ? version : sums.firstVersion,
    lastVersion: seenAt >= sums.lastSeenAt ? version : sums.lastVersion,
    firstSeenAt: Math.min(sums.firstSeenAt, seenAt),
    lastSeenAt: Math.max(sums.lastSeenAt, seenAt),
  };
}

/** A bug that counts nothing was seen first and last with this crash, whatever it says. */
function bugWithCrash(bug: BugRecord, crash: Crash): Partial<BugRecord> {
  const { seenAt, version, reportId } = crash;
  const span = { firstSeenAt: seenAt, lastSeenAt: seenAt, firstVersion: version, lastVersion: version };
  const newestReportId = Math.max(bug.newestReportId ?? 0, reportId);
  return { ...withCrash(bug, crash), ...(bug.count === 0 ? span : {}), newestReportId };
}

/** Takes back what a row says that it added; the row itself is the caller's. A case that counts nothing any more goes. */
export async function subtractContribution(ledger: Ledger, row: FiledCrashRow): Promise<void> {
  const { bugId, caseId, count } = row;
  addToSeries(ledger, row, row, -count);
  if (row.installation !== null) await subtractInstallation(ledger, row, row.installation);
  await subtractValues(ledger, bugId, row.valueIds, count);
  const bug = await ledger.bugs.require(bugId);
  await ledger.bugs.change(bugId, { count: bug.count - count });
  const left = (await ledger.cases.require(caseId)).count - count;
  await ledger.cases.change(caseId, { count: left });
  if (left !== 0) return;
  await ledger.cases.remove(caseId);
  await refreshSpan(ledger, bugId);
}

/** Sets when a bug was first and last seen from its cases. A bug without cases keeps what it had. */
export async function refreshSpan(ledger: Ledger, bugId: number): Promise<void> {
  await ledger.bulk('refreshSpan', bugId);
  ledger.bugs.forget(bugId);
}

/** Finds the newest stored report of a bug anew. */
export async function refreshNewest(ledger: Ledger, bugId: number): Promise<void> {
  await ledger.bulk('refreshNewest', bugId);
  ledger.bugs.forget(bugId);
}

/** Whether a bug has a stored crash beside the one given. */
export async function hasOtherCrash(
  ledger: Ledger,
  bugId: number,
  { reportId, position }: { readonly reportId: number; readonly position: number },
): Promise<boolean> {
  return (await ledger.load('otherCrash', bugId, reportId, position)) !== null;
}
