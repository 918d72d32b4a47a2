// Fills a data folder with crashes of the last weeks, through the store as a server files them: to look at pages, to try searches.
//
//   node bench/fill/main.ts FOLDER [reports] [bugs] [days]
//
// A server started on the folder afterwards (CRASH_REPORTS_DIR=FOLDER npm start) shows them. It must not run meanwhile.
import path from 'node:path';
import { createLog } from '../../src/base/log.ts';
import { createMetrics } from '../../src/base/metrics.ts';
import { openEmbeddedStore } from '../../src/store/embedded/open.ts';
import { fileCrashes } from './file-crashes.ts';

const [folder, reports = '20000', bugs = '1500', days = '60'] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write('usage: node bench/fill/main.ts FOLDER [reports] [bugs] [days]\n');
  process.exitCode = 1;
} else {
  const store = await openEmbeddedStore({
    dir: path.resolve(folder),
    maxBytes: 64 * 1024 ** 3,
    minFreeBytes: 0,
    keepDays: null,
    autoProducts: true,
    maxAutoProducts: 100,
    inboxSize: 100,
    sweepGraceMs: 60_000,
    log: createLog('warn'),
    metrics: createMetrics(),
    housekeeping: false,
  });
  try {
    const startedAt = performance.now();
    const filling = { reports: Number(reports), bugs: Number(bugs), days: Number(days), now: Date.now() };
    await fileCrashes(store, filling, (filed) => {
      if (filed % 5000 === 0) process.stdout.write(`${filed} reports\n`);
    });
    await store.maintenance.prune();
    process.stdout.write(`${reports} reports in ${Math.round((performance.now() - startedAt) / 1000)} s\n`);
  } finally {
    await store.close();
  }
}
