// What the way to a reader thread and back costs: the same reads through the pool and on this thread, in turn, on warm connections. The best
// tenth is told beside the median: other work on the machine makes a thread wait before it is woken, and that is not ours.
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
    `\nreads by a reader thread and on this thread, ${TIMES} times each in turn; goal of the ratio ≤ ${GOAL}\n`,
  );
  process.stdout.write(
    'read                                reader p50   here p50   reader p10   here p10   p10 ratio   added ms\n',
  );
  try {
    for (const { label, name, args, throughPool } of questions) {
      const there: number[] = [];
      const here: number[] = [];
      for (let at = 0; at < TIMES; at += 1) {
        const started = performance.now();
        await throughPool(pool);
        const between = performance.now();
        runRead(connection, name, args);
        there.push(between - started);
        here.push(performance.now() - between);
      }
      const [a, b] = [at(there, 0.1), at(here, 0.1)];
      const columns = [at(there, 0.5), at(here, 0.5), a, b, a / b, a - b];
      process.stdout.write(
        `${label.padEnd(34)}${columns.map((value) => value.toFixed(2).padStart(11)).join('')}\n`,
      );
    }
  } finally {
    connection.close();
    await pool.close();
  }
}

function at(times: number[], share: number): number {
  times.sort((a, b) => a - b);
  return times[Math.floor(times.length * share)] ?? Number.NaN;
}
