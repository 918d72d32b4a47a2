// Processed reports filed in a second through the whole embedded store: on one bug (hot), on 500 skewed ones (mixed), on a bug each
// (cold); with 1, 32 and 128 under way at a time. With the root of another checkout beside this one, both in turn, and their ratio;
// by the clock, and by the processor time of the store's threads, which other work on the machine changes less.
//
//   node bench/filing/main.ts [root of another checkout] [rounds] [name part]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { createLog } from '../../src/base/log.ts';
import { createMetrics } from '../../src/base/metrics.ts';
import { newCrashId } from '../../src/report/crash-id.ts';
import { PROCESSED_SCHEMA } from '../../src/report/processed-report.ts';
import type { ProcessedReport } from '../../src/report/processed-report.ts';
import type { openEmbeddedStore } from '../../src/store/embedded/open.ts';
import type { Leased } from '../../src/store/queue.ts';
import type { NewReport } from '../../src/store/intake.ts';
import type { Store } from '../../src/store/store.ts';
import { median } from '../median.ts';

const ROUNDS = Number(process.argv[3] ?? 5);
const BUGS = 500;
const IN_FLIGHT = [1, 32, 128];
const WAYS = ['hot', 'mixed', 'cold'] as const;
type Way = (typeof WAYS)[number];

/** How many reports a round files: enough for a second or so. */
const reportsOf = (inFlight: number): number => (inFlight === 1 ? 400 : 2000);

/** The module of a checkout that opens a store. */
async function openerOf(root: string): Promise<typeof openEmbeddedStore> {
  const file = pathToFileURL(path.join(root, 'src/store/embedded/open.ts')).href;
  return ((await import(file)) as { openEmbeddedStore: typeof openEmbeddedStore }).openEmbeddedStore;
}

/** A draw that is the same in every run, so that both checkouts file the same. */
function draws(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function newReport(receivedAt: number): NewReport {
  return {
    crashId: newCrashId(0, receivedAt),
    identity: null,
    protocol: 'crashpad',
    account: 'default',
    product: 'Shop',
    version: '1.0',
    platform: 'linux',
    receivedAt,
    state: 'queued',
    installation: null,
    token: null,
    payloadKind: 'multipart',
    encoding: 'identity',
    bodyBytes: 0,
    userAgent: null,
    clientHash: null,
    throttle: { rule: 'accept_everything', action: 'accept' },
    notes: [],
    annotations: [],
  };
}

function processed(bug: number, draw: () => number): ProcessedReport {
  const values = Array.from({ length: 10 }, (_, at) => [`key ${at}`, `value ${Math.floor(draw() * 8)}`]);
  return {
    schema: PROCESSED_SCHEMA,
    processor: 'bench',
    processedAt: Date.now(),
    status: 'processed',
    problem: null,
    product: 'Shop',
    version: `1.${Math.floor(draw() * 5)}`,
    platform: 'linux',
    os: 'Linux',
    osVersion: null,
    cpu: 'amd64',
    installation: `installation ${Math.floor(draw() * 2000)}`,
    buildId: null,
    processType: null,
    uptimeSeconds: null,
    crashes: [
      {
        kind: 'python',
        language: 'python',
        signature: `part${bug}.handle()`,
        signatureSteps: [],
        message: `it broke in part ${bug}`,
        reason: null,
        address: null,
        exceptions: [],
        threads: [],
        sections: [{ name: 'environment', protected: false, values: values as [string, string][] }],
        count: 1,
        day: new Date().toISOString().slice(0, 10),
        severity: 'normal',
        role: null,
        context: null,
        grouping: {
          key: `key ${bug}`,
          source: 'stack',
          because: 'It crashed there.',
          rule: null,
          caseKey: `case ${bug}.${Math.floor(draw() * 2)}`,
        },
      },
    ],
    crashReportKeys: [],
    notes: [],
    timings: {},
    minidumps: {},
    missingSymbols: [],
  };
}

function bugOf(way: Way, at: number, draw: () => number): number {
  if (way === 'hot') return 0;
  return way === 'cold' ? at : Math.floor(draw() ** 3 * BUGS);
}

/** Microseconds on processors of all threads but the main one. */
function storeCpu(): number {
  const [all, main] = [process.cpuUsage(), process.threadCpuUsage()];
  return all.user + all.system - main.user - main.system;
}

/** What a round shows. */
interface Rates {
  /** Reports by the clock. */
  readonly aSecond: number;
  /** Reports by the time on processors of all threads but the main one, whose part does not depend on the store's rules. */
  readonly aProcessorSecond: number;
}

/** Storing and leasing come before, and half as many reports again to warm up. */
async function fileAll(store: Store, way: Way, inFlight: number): Promise<Rates> {
  const draw = draws(inFlight);
  const measured = reportsOf(inFlight);
  const count = Math.ceil(measured * 1.5);
  for (let at = 0; at < count; at += 500) {
    const batch = Array.from({ length: Math.min(500, count - at) }, () =>
      store.intake.draft().commit(newReport(Date.now())),
    );
    await Promise.all(batch);
  }
  const leases: Leased[] = [];
  while (leases.length < count) {
    leases.push(...(await store.queue.lease({ worker: 'bench', limit: 500, leaseMs: 600_000 })));
  }
  const outcomes = leases.map((_, at) => processed(bugOf(way, at, draw), draw));
  let next = 0;
  let startedAt = 0;
  let cpuAt = storeCpu();
  const file = async (): Promise<void> => {
    for (let at = next++; at < count; at = next++) {
      if (at === count - measured) [startedAt, cpuAt] = [performance.now(), storeCpu()];
      const [lease, outcome] = [leases[at], outcomes[at]];
      if (lease === undefined || outcome === undefined) throw new Error('a lease is missing');
      const filed = await store.queue.complete(lease.crashId, lease.leaseId, outcome);
      if (filed === null) throw new Error('a lease was lost');
    }
  };
  await Promise.all(Array.from({ length: inFlight }, file));
  return {
    aSecond: (measured / (performance.now() - startedAt)) * 1000,
    aProcessorSecond: (measured / (storeCpu() - cpuAt)) * 1e6,
  };
}

async function round(open: typeof openEmbeddedStore, way: Way, inFlight: number): Promise<Rates> {
  const dir = await mkdtemp(path.join(tmpdir(), 'mayday-bench-filing-'));
  const store = await open({
    dir,
    maxBytes: 4 * 1024 ** 3,
    minFreeBytes: 0,
    keepDays: null,
    autoProducts: true,
    maxAutoProducts: 10,
    inboxSize: 10,
    sweepGraceMs: 60_000,
    log: createLog('silent'),
    metrics: createMetrics(),
  });
  try {
    return await fileAll(store, way, inFlight);
  } finally {
    await store.close();
    await rm(dir, { recursive: true, force: true });
  }
}

const other = process.argv[2] === '-' ? undefined : process.argv[2];
const open = await openerOf(path.resolve(import.meta.dirname, '../..'));
const openOther = other === undefined ? null : await openerOf(path.resolve(other));
process.stdout.write(
  `Median of ${ROUNDS} rounds: reports a second, by the clock and of processor time, main thread apart.\n\n`,
);
process.stdout.write(
  openOther === null
    ? '| filed | by the clock | of processor time |\n| --- | ---: | ---: |\n'
    : '| filed | by the clock | other | ÷ | of processor time | other | ÷ |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n',
);
for (const way of WAYS) {
  for (const inFlight of IN_FLIGHT) {
    const name = `${way}, ${inFlight} under way`;
    if (!name.includes(process.argv[4] ?? '')) continue;
    const [here, there]: [Rates[], Rates[]] = [[], []];
    for (let at = 0; at < ROUNDS; at += 1) {
      here.push(await round(open, way, inFlight));
      if (openOther !== null) there.push(await round(openOther, way, inFlight));
    }
    const cells = (['aSecond', 'aProcessorSecond'] as const).flatMap((rate) => {
      const own = Math.round(median(here.map((each) => each[rate])));
      if (openOther === null) return [own];
      const ratios = here.map((each, at) => each[rate] / (there[at] ?? each)[rate]);
      return [own, Math.round(median(there.map((each) => each[rate]))), median(ratios).toFixed(2)];
    });
    process.stdout.write(`| ${[name, ...cells].join(' | ')} |\n`);
  }
}
