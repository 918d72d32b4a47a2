// What the way to a reader thread and back costs: the same reads through the pool and on this thread, on warm connections. By the clock, and by the
// processor time of the process: on a busy machine a thread waits before it is woken, and that is not ours.
import path from 'node:path';
import { openDatabase } from '../../src/store/embedded/database/open-database.ts';
import { ReaderPool } from '../../src/store/embedded/reading/reader-pool.ts';
import { runRead, type ReadArguments, type ReadName } from '../../src/store/embedded/reading/reads.ts';

const TIMES = 100;
const GOAL = 1.1;
const PAGE = { limit: 50 };
const CACHE_BYTES = 4 * 1024 * 1024;

function question<N extends ReadName>(label: string, name: N, ...args: ReadArguments<N>) {
  return { label, name, args, throughPool: (pool: ReaderPool): Promise<unknown> => pool.read(name, ...args) };
}

/** Prints the medians of both and their ratio. */
export async function measureRoundTrip(dir: string): Promise<void> {
  const database = path.join(dir, 'mayday.db');
  const product = { account: 'default', product: 'Product 1' };
  const now = Date.now();
  const questions = [
    question('report list', 'listReports', {}, PAGE),
    question('report list of a product', 'listReports', product, PAGE),
    question('bug list by week', 'listBugs', { state: 'open' }, PAGE, now),
    question('bug list by count, any state', 'listBugs', { order: 'count' }, PAGE, now),
    question('bug list of a version', 'listBugs', { ...product, state: 'open', version: '1.7' }, PAGE, now),
    question('counts of the tabs', 'countBugs', product),
    question('reports of a bug', 'reportsOf', 100, { limit: 20 }),
  ];
  const pool = new ReaderPool({ database }, { threads: 1 });
  const connection = openDatabase(database, { readonly: true, cacheBytes: CACHE_BYTES, walBytes: 0 });
  process.stdout.write(
    `\nreads by a reader thread and on this thread, ${TIMES} times each; goal of the ratio of processor time ≤ ${GOAL}\n`,
  );
  process.stdout.write(
    'read                              reader p50   here p50 ms   reader CPU   here CPU ms   ratio\n',
  );
  try {
    for (const { label, name, args, throughPool } of questions) {
      // Both are warm: the thread has started, the statements are prepared and the pages are in the cache.
      await throughPool(pool);
      runRead(connection, name, args);
      const there = await measure(() => throughPool(pool));
      const here = await measure(() => runRead(connection, name, args));
      const columns = [there.p50, here.p50, there.cpuMs, here.cpuMs, there.cpuMs / here.cpuMs];
      process.stdout.write(
        `${label.padEnd(34)}${columns.map((value) => value.toFixed(2).padStart(12)).join('')}\n`,
      );
    }
  } finally {
    connection.close();
    await pool.close();
  }
}

async function measure(read: () => unknown): Promise<{ readonly p50: number; readonly cpuMs: number }> {
  const times: number[] = [];
  const before = process.cpuUsage();
  for (let at = 0; at < TIMES; at += 1) {
    const started = performance.now();
    await read();
    times.push(performance.now() - started);
  }
  const { user, system } = process.cpuUsage(before);
  times.sort((a, b) => a - b);
  return { p50: times[Math.floor(TIMES / 2)] ?? Number.NaN, cpuMs: (user + system) / 1000 / TIMES };
}
