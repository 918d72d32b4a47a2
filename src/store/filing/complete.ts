// A processed report is filed: stored, counted under its bugs, taken off the queue; all in one transaction, once for each report.
//
// Processing a report again replaces what it contributed: the new contribution is added first and the old one taken back then, so
// that a case or bug that keeps the report never passes through zero.
import { countedDay, seenAt } from '../../report/occurrence-day.ts';
import { compareVersions } from '../../report/version-order.ts';
import type { FiledCrash } from '../queue.ts';
import type { CrashFiling, Filing } from '../shared/filing.ts';
import { reopenByItself } from './actions.ts';
import { noteCaller } from './callers.ts';
import { caseOf } from './cases.ts';
import { addContribution, filedCrashes, refreshNewest, subtractContribution } from './contribution.ts';
import type { FiledCrashRow } from './contribution.ts';
import { addFacts } from './add-facts.ts';
import { opensBecause } from './filed-occurrence.ts';
import { labelOf } from './labels.ts';
import type { Label } from './labels.ts';
import type { Ledger } from './ledger.ts';
import { noteMissing } from './missing.ts';
import { noteHome } from './product-home.ts';
import { NO_WORDS } from './reword.ts';
import { routeCrash, wasUnprocessable } from './route.ts';
import type { BugRecord, HeldReport } from './rows.ts';
import { noteSeen } from './seen.ts';
import { succeedEmptied } from './succession.ts';
import { orderOf } from './order-of-versions.ts';

/** What all crashes of a report share. */
interface Surroundings {
  readonly report: HeldReport;
  readonly filing: Filing;
  readonly version: Label;
  readonly platform: Label;
  readonly installationNumber: number | null;
  /** Whether the report was filed before. */
  readonly again: boolean;
  readonly now: number;
}

type Filed = Pick<FiledCrash, 'bugId' | 'event'>;

/** Null: the lease is lost and nothing has changed. The lease under which the report was filed gives the answer of that time again. */
export async function completeReport(
  ledger: Ledger,
  { crashId, leaseId }: { readonly crashId: string; readonly leaseId: string },
  filing: Filing,
  now: number,
): Promise<readonly FiledCrash[] | null> {
  const report = await ledger.heldReport(crashId, leaseId);
  if (report === null) return answerAgain(ledger, crashId, leaseId);
  const { id, productId, receivedAt } = report;
  const before = await filedCrashes(ledger, id);
  const surroundings: Surroundings = {
    report,
    filing,
    version: await labelOf(ledger, productId, 'version', { name: filing.version, at: receivedAt }),
    platform: await labelOf(ledger, productId, 'platform', { name: filing.platform, at: receivedAt }),
    installationNumber:
      filing.installationName === null
        ? null
        : await ledger.installationNumber(productId, filing.installationName),
    again: before.length > 0,
    now,
  };
  const filed: Filed[] = [];
  for (const [position, crash] of filing.crashes.entries()) {
    filed.push(await fileCrash(ledger, surroundings, crash, position, before[position] ?? null));
  }
  await ledger.reports.cut(id, filing.crashes.length);
  for (const row of before) {
    await subtractContribution(ledger, row);
    if (row.seq !== null) ledger.facts.drop(row.productId, row.seq);
  }
  if (surroundings.again) await settle(ledger, before, filed, now);
  await noteMissing(ledger, report, filing.missing);
  ledger.reports.processed({ report, leaseId, filing, events: filed.map(({ event }) => event) });
  for (const { bugId, event } of filed) ledger.history.addNotice(bugId, event, now);
  return answerOf(ledger, filed);
}

/** Whoever commits over a network may never hear that it was done, and asks again. */
async function answerAgain(
  ledger: Ledger,
  crashId: string,
  leaseId: string,
): Promise<readonly FiledCrash[] | null> {
  const answer = await ledger.load('answerOfLease', crashId, leaseId);
  if (answer === null) return null;
  const rows = await filedCrashes(ledger, answer.reportId);
  return answerOf(
    ledger,
    rows.map(({ bugId }, position) => ({ bugId, event: answer.events[position] ?? 'unchanged' })),
  );
}

/** The bugs as they are now, and their states. */
async function answerOf(ledger: Ledger, filed: readonly Filed[]): Promise<readonly FiledCrash[]> {
  const answer: FiledCrash[] = [];
  for (const { bugId, event } of filed) {
    const bug = await ledger.bugs.require(bugId);
    const surviving = bug.duplicateOf === null ? bug : await ledger.bugs.require(bug.duplicateOf);
    answer.push({ bugId: surviving.id, event, state: surviving.state });
  }
  return answer;
}

async function fileCrash(
  ledger: Ledger,
  surroundings: Surroundings,
  processed: CrashFiling,
  position: number,
  old: FiledCrashRow | null,
): Promise<Filed> {
  const { report, filing, version, platform, installationNumber, again, now } = surroundings;
  const { id: reportId, productId, crashId, receivedAt } = report;
  const day = countedDay(processed.day, receivedAt);
  const seen = seenAt(day, receivedAt);
  const route = await routeCrash(ledger, { report, crash: processed, position, old, now });
  const { crash } = route;
  const bug = await withWords(ledger, await ledger.bugs.require(route.bugId), crash);
  const { caseKey, severity, context, count } = crash;
  const caseId = await caseOf(ledger, bug.id, {
    caseKey,
    severity,
    context,
    seenAt: seen,
    version: filing.version,
  });
  const seq = await addFacts(
    ledger,
    {
      productId,
      reportId,
      position,
      crashId,
      caseId,
      signature: crash.signature,
      count,
      day,
      receivedAt,
      installationNumber,
    },
    crash.facts,
  );
  await addContribution(
    ledger,
    { productId, bugId: bug.id, caseId },
    {
      ...crash,
      reportId,
      position,
      seenAt: seen,
      day,
      version: filing.version,
      versionId: version.id,
      platformId: platform.id,
      installation: filing.installation,
      movedBy: old?.movedBy ?? null,
      movedAt: old?.movedAt ?? null,
      seq,
    },
  );
  const isNew = old === null || old.bugId !== bug.id;
  await noteCaller(ledger, productId, crash, { bugId: bug.id, made: route.made, isNew });
  if (old === null) await noteHome(ledger, productId, crash.home, now);
  await noteSeen(ledger, bug, { ...crash, roles: crash.role === null ? [] : [crash.role] });
  const understoodAtLast = old !== null && old.bugId !== bug.id && (await wasUnprocessable(ledger, old));
  if (again && !understoodAtLast) return { bugId: bug.id, event: 'unchanged' };
  if (route.made) return { bugId: bug.id, event: 'new' };
  const because = opensBecause(
    bug,
    { at: receivedAt, version: filing.version, versionSince: version.firstSeenAt, count: bug.count + count },
    await reopening(ledger, productId, bug, filing.version),
  );
  if (because === null) return { bugId: bug.id, event: 'recurring' };
  await reopenByItself(ledger, bug.id, now, because);
  return { bugId: bug.id, event: 'reopened' };
}

/** A bug whose reports were all deleted gets its words from the next crash. */
async function withWords(ledger: Ledger, bug: BugRecord, crash: CrashFiling): Promise<BugRecord> {
  if (bug.title !== NO_WORDS) return bug;
  const { signature: title, signatureSteps, kind, language } = crash;
  return ledger.bugs.change(bug.id, { title, titleSteps: JSON.stringify(signatureSteps), kind, language });
}

/** How an occurrence of a closed bug is judged; nothing is asked for where the bug is not closed. */
async function reopening(
  ledger: Ledger,
  productId: number,
  bug: BugRecord,
  version: string | null,
): Promise<Parameters<typeof opensBecause>[2]> {
  const mode = bug.state === 'closed' ? await ledger.reopenMode(productId) : 'at_once';
  const { closedInVersion } = bug;
  if (mode !== 'not_older' || closedInVersion === null || version === null) {
    return { mode, order: compareVersions };
  }
  return { mode, order: await orderOf(ledger, productId, [version, closedInVersion]) };
}

/** What reprocessing took away from bugs: their newest report, and perhaps their last. */
async function settle(
  ledger: Ledger,
  before: readonly FiledCrashRow[],
  filed: readonly Filed[],
  now: number,
): Promise<void> {
  const present = new Set(filed.map(({ bugId }) => bugId));
  const left = new Set(before.map(({ bugId }) => bugId).filter((bugId) => !present.has(bugId)));
  for (const [position, row] of before.entries()) {
    const to = filed[position]?.bugId;
    if (to !== undefined && to !== row.bugId && !(await wasUnprocessable(ledger, row))) {
      ledger.history.addDeparture(row.bugId, to);
      continue;
    }
    // What it was about is told by another crash of the report now, or by none.
    const other = to ?? filed[0]?.bugId;
    if (other !== undefined && left.has(row.bugId)) await ledger.bulk('noteWordsLeft', row.bugId, other);
  }
  for (const bugId of left) {
    await refreshNewest(ledger, bugId);
    await succeedEmptied(ledger, bugId, now);
  }
}
