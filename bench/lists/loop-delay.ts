// How long the event loop of the thread that takes uploads is held up while reports and bugs are searched by several people at once:
// through the store, as the server does it, and, as the comparison, by the same reads on this thread.
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { openDatabase } from '../../src/store/embedded/database/open-database.ts';
import { runRead } from '../../src/store/embedded/reading/reads.ts';
import { ReadRefused } from '../../src/store/reports.ts';
import type { Store } from '../../src/store/store.ts';

const PEOPLE = 4;
const MEASURE_MS = 5000;
const GOAL_MS = 20;
const PAGE = { limit: 50 };

/** What is searched for: without letters no index helps, so that as many rows as one page may cost are looked at. */
const REPORTS = { text: '!' };
const PUBLIC_REPORTS = { text: '!', textIn: ['ProductName'] };
const BUGS = { text: 'nowhere' };

/** Prints the 99th percentile and the longest delay of both. */
export async function measureLoopDelay(store: Store, dir: string): Promise<void> {
  process.stdout.write(`\n${PEOPLE} people search; goal of the delay's p99 ≤ ${GOAL_MS} ms\n`);
  process.stdout.write('searches                      delay p99 ms   longest ms   searches/s   goal\n');
  await show('nothing, as the floor', async () => {
    await pause(20);
  });
  await show('in reader threads', async () => {
    await store.reports.listReports(REPORTS, PAGE);
    await store.reports.listReports(PUBLIC_REPORTS, PAGE);
    await store.bugs.listBugs(BUGS, PAGE);
  });
  const connection = openDatabase(path.join(dir, 'mayday.db'), {
    readonly: true,
    cacheBytes: 4 * 1024 * 1024,
    walBytes: 0,
  });
  try {
    await show('on this thread, to compare', async () => {
      runRead(connection, 'listReports', [REPORTS, PAGE]);
      await turn();
      runRead(connection, 'listReports', [PUBLIC_REPORTS, PAGE]);
      await turn();
      runRead(connection, 'listBugs', [BUGS, PAGE, Date.now()]);
      await turn();
    });
  } finally {
    connection.close();
  }
}

async function show(label: string, search: () => Promise<void>): Promise<void> {
  let refused = 0;
  // On a busy machine a search may take longer than it may: people then see 503, and ask again.
  const trySearch = async (): Promise<void> => {
    try {
      await search();
    } catch (error) {
      if (!(error instanceof ReadRefused)) throw error;
      refused += 1;
    }
  };
  await trySearch();
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  const until = performance.now() + MEASURE_MS;
  let searches = 0;
  histogram.enable();
  await Promise.all(
    Array.from({ length: PEOPLE }, async () => {
      while (performance.now() < until) {
        await trySearch();
        searches += 3;
      }
    }),
  );
  histogram.disable();
  const p99 = histogram.percentile(99) / 1e6;
  const longest = histogram.max / 1e6;
  const rate = searches / (MEASURE_MS / 1000);
  process.stdout.write(
    `${label.padEnd(28)} ${p99.toFixed(1).padStart(13)} ${longest.toFixed(1).padStart(12)} ` +
      `${rate.toFixed(0).padStart(12)}   ${p99 <= GOAL_MS ? 'yes' : 'NO'}${refused === 0 ? '' : `, ${refused} given up for their time`}\n`,
  );
}
