// Processed reports for tests of stores: small and valid; a test names what it cares about.
import { PROCESSED_SCHEMA } from '../../../src/report/processed-report.ts';
import type { Grouping, ProcessedCrash, ProcessedReport } from '../../../src/report/processed-report.ts';
import type { NewReport } from '../../../src/store/intake.ts';
import type { FiledCrash } from '../../../src/store/queue.ts';
import type { Store } from '../../../src/store/store.ts';
import { NOON, storeReport } from './report-builder.ts';

/** A crash of a key; its case is its key's only one unless the test says otherwise. */
export function crash(
  key: string,
  fields: Partial<Omit<ProcessedCrash, 'grouping'>> & { readonly grouping?: Partial<Grouping> } = {},
): ProcessedCrash {
  const { grouping, ...rest } = fields;
  return {
    kind: 'python',
    language: 'python',
    signature: `${key}()`,
    signatureSteps: [`named after ${key}`],
    message: '',
    reason: null,
    address: null,
    exceptions: [],
    threads: [],
    sections: [],
    count: 1,
    day: new Date(NOON).toISOString().slice(0, 10),
    severity: 'normal',
    role: null,
    context: null,
    ...rest,
    grouping: {
      key,
      source: 'stack',
      because: `It crashed in ${key}.`,
      rule: null,
      caseKey: `case of ${key}`,
      ...grouping,
    },
  };
}

/** A processed report of these crashes. */
export function processedReport(
  crashes: readonly ProcessedCrash[],
  fields: Partial<ProcessedReport> = {},
): ProcessedReport {
  return {
    schema: PROCESSED_SCHEMA,
    processor: 'test 1',
    processedAt: NOON,
    status: 'processed',
    problem: null,
    product: 'Piano',
    version: '1.0',
    platform: 'linux',
    os: 'Linux',
    osVersion: null,
    cpu: 'amd64',
    installation: null,
    buildId: null,
    processType: null,
    uptimeSeconds: null,
    crashes,
    crashReportKeys: [],
    notes: [],
    timings: {},
    minidumps: {},
    missingSymbols: [],
    ...fields,
  };
}

/** Stores a report; gives its crash id. */
export async function queueReport(store: Store, fields: Partial<NewReport> = {}): Promise<string> {
  return (await storeReport(store, fields)).crashId;
}

/** Leases one report (all due ones are leased until it is found) and completes it. */
export async function complete(
  store: Store,
  crashId: string,
  processed: ProcessedReport,
): Promise<readonly FiledCrash[]> {
  const leased = await store.queue.lease({ worker: 'test', limit: 1000, leaseMs: 60_000 });
  const mine = leased.find((lease) => lease.crashId === crashId);
  if (mine === undefined) throw new Error(`${crashId} was not due`);
  const filed = await store.queue.complete(crashId, mine.leaseId, processed);
  if (filed === null) throw new Error(`the lease of ${crashId} was lost`);
  return filed;
}

/** A report, stored and filed; gives its crash id and the bug of its first crash. */
export async function fileReport(
  store: Store,
  crashes: readonly ProcessedCrash[],
  {
    report = {},
    processed = {},
  }: { readonly report?: Partial<NewReport>; readonly processed?: Partial<ProcessedReport> } = {},
): Promise<{ readonly crashId: string; readonly bugId: number; readonly event: FiledCrash['event'] }> {
  const crashId = await queueReport(store, report);
  const filed = await complete(store, crashId, processedReport(crashes, processed));
  return { crashId, bugId: filed[0]?.bugId ?? 0, event: filed[0]?.event ?? 'unchanged' };
}

/** Processes a filed report again with another outcome. */
export async function processAgain(
  store: Store,
  crashId: string,
  crashes: readonly ProcessedCrash[],
  processed: Partial<ProcessedReport> = {},
): Promise<readonly FiledCrash[]> {
  await store.queue.requeue([crashId]);
  return complete(store, crashId, processedReport(crashes, processed));
}
