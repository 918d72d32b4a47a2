// How long lists and pages wait for the store at a million reports and twenty thousand bugs: median and 95th percentile of each
// question, beside the goal of 20 ms. The floor is one row by its id on the main thread. Then: how long searches hold up the event loop.
//
//   node bench/lists/main.ts [reports] [bugs]
//
// BENCH_LISTS_DIR names a folder that is filled once and kept, to measure again without filling (a million reports take 1.5 GB).
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Store } from '../../src/store/store.ts';
import { openStore } from '../search/filled-folder.ts';
import { fillStore } from './fill.ts';
import { measureLoopDelay } from './loop-delay.ts';
import { measureRoundTrip } from './round-trip.ts';

const GOAL_MS = 20;
const TIMES = 100;
const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

const reports = Number(process.argv[2] ?? 1_000_000);
const bugs = Number(process.argv[3] ?? 20_000);

const kept = process.env['BENCH_LISTS_DIR'];
const isFilled = kept !== undefined && existsSync(path.join(kept, 'mayday.db'));
const dir = kept ?? (await mkdtemp(path.join(tmpdir(), 'mayday-bench-lists-')));
const store = await openStore(dir);
try {
  const now = Date.now();
  if (!isFilled) await fillStore(store, dir, { reports, bugs, now });
  process.stdout.write(`${reports} reports, ${bugs} bugs; ${TIMES} times each; goal p95 ≤ ${GOAL_MS} ms\n\n`);
  process.stdout.write('question                                    p50 ms   p95 ms   p50 / floor   goal\n');
  const floor = await measure(() => store.bugs.resolveBug(100));
  for (const [name, ask] of questions(store, now)) {
    const { p50, p95 } = await measure(ask);
    const ratio = (p50 / floor.p50).toFixed(0).padStart(10);
    const verdict = p95 <= GOAL_MS ? 'yes' : 'NO';
    process.stdout.write(
      `${name.padEnd(42)} ${p50.toFixed(2).padStart(7)}  ${p95.toFixed(2).padStart(7)}  ${ratio}    ${verdict}\n`,
    );
  }
  await measureRoundTrip(dir);
  await measureLoopDelay(store, dir);
} finally {
  await store.close();
  if (kept === undefined) await rm(dir, { recursive: true, force: true });
}

function questions({ reports: reportStore, bugs: bugStore }: Store, now: number) {
  const product = { account: 'default', product: 'Product 1' };
  const page = { limit: 50 };
  const bugPage = async (id: number): Promise<void> => {
    await bugStore.getBug(id);
    await bugStore.casesOf(id, 20);
    await bugStore.seriesOf(id, 90);
    await bugStore.valuesOf(id, 10);
    await bugStore.versionsOf(id);
    await bugStore.reportsOf(id, { limit: 20 });
    await bugStore.eventsOf(id, 50);
  };
  return Object.entries({
    'report list': () => reportStore.listReports({}, page),
    'report list of a product': () => reportStore.listReports(product, page),
    'report list, product and version': () => reportStore.listReports({ ...product, version: '1.3' }, page),
    'bug list by week': () => bugStore.listBugs({ state: 'open' }, page),
    'bug list by week of a product': () => bugStore.listBugs({ ...product, state: 'open' }, page),
    'bug list by count, any state': () => bugStore.listBugs({ order: 'count' }, page),
    'bug list, mine': () => bugStore.listBugs({ state: 'open', assignee: 'Ada' }, page),
    'bug list, new in a week': () => bugStore.listBugs({ state: 'open', newSince: now - WEEK_MS }, page),
    'bug list, words that few have': () => bugStore.listBugs({ state: 'open', text: 'function_1999' }, page),
    'bug list, words that none has': () => bugStore.listBugs({ state: 'open', text: 'nowhere' }, page),
    'bug list of a version': () => bugStore.listBugs({ ...product, state: 'open', version: '1.7' }, page),
    'counts of the tabs': () => bugStore.countBugs(product),
    'bug page': () => bugPage(100),
    'bug page, 205 cases and 3000 values': () => bugPage(1),
    'product overview, 28 days': () => bugStore.overview('default', 'Product 1', 28),
  });
}

async function measure(ask: () => Promise<unknown>): Promise<{ readonly p50: number; readonly p95: number }> {
  const times: number[] = [];
  for (let at = 0; at < TIMES; at += 1) {
    const started = performance.now();
    await ask();
    times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  return { p50: times[Math.floor(TIMES / 2)] ?? 0, p95: times[Math.floor(TIMES * 0.95)] ?? 0 };
}
