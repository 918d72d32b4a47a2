// Fills a store with processed reports, through the queue as a worker does: stored, leased, completed.
import type {
  ProcessedCrash,
  ProcessedFrame,
  ProcessedReport,
} from '../../../src/report/processed-report.ts';
import { PROCESSED_SCHEMA } from '../../../src/report/processed-report.ts';
import type { Store } from '../../../src/store/store.ts';
import type { FiledCrash } from '../../../src/store/queue.ts';
import type { SeedReport } from './seed.ts';
import { storeReport } from './seed.ts';

/** A frame; what is left out is not known. */
export function frame(given: Partial<ProcessedFrame> = {}): ProcessedFrame {
  return {
    function: null,
    class: null,
    package: null,
    module: null,
    file: null,
    line: null,
    column: null,
    inApp: null,
    trust: 'given',
    address: null,
    moduleOffset: null,
    source: null,
    locals: null,
    ...given,
  };
}

/** The stack of a web shop's Python crash: two frames of the shop around five of its framework. */
export const SHOP_STACK: readonly ProcessedFrame[] = [
  frame({
    function: 'total',
    package: 'shop.cart',
    file: '/srv/shop/cart.py',
    line: 21,
    inApp: true,
    source: [
      'def total(items):',
      '    price = sum(item.price for item in items)',
      '    return price / len(items)',
      '',
      'def empty():',
    ],
    locals: [
      ['items', '[]'],
      ['card', "'4111111111111111'"],
    ],
  }),
  ...[1, 2, 3, 4, 5].map((n) =>
    frame({
      function: `get_response_${n}`,
      class: 'WSGIHandler',
      package: 'django.core.handlers',
      file: 'base.py',
      line: 80 + n,
      inApp: false,
    }),
  ),
  frame({ function: 'main', package: 'shop.server', file: '/srv/shop/server.py', line: 7, inApp: true }),
];

/** A crash; what is left out is a plain Python one. */
export function crash(
  given: Partial<ProcessedCrash> & { readonly key?: string; readonly caseKey?: string } = {},
): ProcessedCrash {
  const { key = 'total', caseKey = 'one', ...fields } = given;
  return {
    kind: 'python',
    language: 'python',
    signature: 'ZeroDivisionError | shop.cart.total',
    signatureSteps: ['exception name and the topmost frame of the application'],
    message: 'integer division or modulo by zero',
    reason: 'ZeroDivisionError',
    address: null,
    exceptions: [
      {
        kind: 'ZeroDivisionError',
        message: 'integer division or modulo by zero',
        frames: SHOP_STACK,
        omittedFrames: 0,
        data: [],
      },
    ],
    threads: [],
    sections: [
      { name: 'environment', protected: false, values: [['python_version', '3.12.4']] },
      { name: 'request', protected: true, values: [['REMOTE_USER', 'marta']] },
    ],
    grouping: { key, source: 'stack', because: 'The frames of the application decide.', rule: null, caseKey },
    count: 1,
    day: '2026-11-20',
    severity: 'normal',
    role: null,
    context: null,
    ...fields,
  };
}

/** A processed report of the given crashes. */
export function processed(
  crashes: readonly ProcessedCrash[],
  given: Partial<ProcessedReport> = {},
): ProcessedReport {
  return {
    schema: PROCESSED_SCHEMA,
    processor: '0.1.0',
    processedAt: 0,
    status: 'processed',
    problem: null,
    product: 'shop',
    version: '1.0.3',
    platform: 'linux',
    os: 'Linux',
    osVersion: '6.1',
    cpu: 'amd64',
    installation: null,
    buildId: null,
    processType: null,
    uptimeSeconds: 42,
    crashes,
    crashReportKeys: ['language'],
    notes: [],
    timings: { signature: 0.1 },
    minidumps: {},
    missingSymbols: [],
    ...given,
  };
}

/** Stores and processes one report; gives its crash id and where its crashes were filed. */
export async function fileReport(
  store: Store,
  report: SeedReport,
  made: ProcessedReport,
): Promise<{ readonly crashId: string; readonly filed: readonly FiledCrash[] }> {
  const crashId = await storeReport(store, {
    product: made.product,
    version: made.version,
    protocol: 'crashkit',
    ...report,
  });
  return { crashId, filed: await completeReport(store, crashId, made) };
}

/** Leases until the report is at hand, and completes it. Others that come along are given back. */
export async function completeReport(
  store: Store,
  crashId: string,
  made: ProcessedReport,
): Promise<readonly FiledCrash[]> {
  const leased = await store.queue.lease({ worker: 'test', limit: 500, leaseMs: 60_000 });
  const mine = leased.find((lease) => lease.crashId === crashId);
  if (mine === undefined) throw new Error(`${crashId} is not in the queue`);
  const filed = await store.queue.complete(crashId, mine.leaseId, made);
  if (filed === null) throw new Error(`the lease of ${crashId} was lost`);
  const others = leased.filter((lease) => lease !== mine).map((lease) => lease.crashId);
  if (others.length > 0) await store.queue.requeue(others);
  return filed;
}
