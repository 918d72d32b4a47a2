// Searches over many filed crashes: each kind of question for the first time (cold), then its 50th and 95th percentile, in a thread like
// the server's reader threads; beside the floor, one plain pass over as many numbers as there are rows. Then what facts take on disk.
//
//   node bench/search/main.ts [crashes] [bugs] [name part] [--intake=200]
//
// `--intake`: a server on the folder takes so many reports a second meanwhile; they stay in a folder that is kept.
// BENCH_SEARCH_DIR and BENCH_SEARCH_COPIES: see filled-folder.ts. BENCH_SEARCH_TIMES says how often each is asked (20).
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { startBeside } from '../pages/beside-server.ts';
import { BoundedSender } from '../pages/bounded-sender.ts';
import type { Taken } from './asking-thread.ts';
import { DAYS, filledFolder } from './filled-folder.ts';
import type { FilledFolder } from './filled-folder.ts';
import { questionsOf } from './questions.ts';
import type { Asked } from './questions.ts';

const TIMES = Number(process.env['BENCH_SEARCH_TIMES'] ?? 20);

const given = process.argv.slice(2).filter((text) => !text.startsWith('--'));
const crashes = Number(given[0] ?? 1_000_000);
const bugs = Number(given[1] ?? 20_000);
const part = given[2] ?? '';
const intake = Number(/--intake=(\d+)/.exec(process.argv.join(' '))?.[1] ?? 0);

const folder = await filledFolder(crashes, bugs);
try {
  process.stdout.write(
    `${crashes} crashes, ${bugs} bugs, ${DAYS} days; ${TIMES} times each; ms of processor time, and by the clock\n`,
  );
  process.stdout.write(`floor: ${floor().toFixed(1)} ms for one pass over as many numbers\n`);
  await (intake > 0 ? besideIntake(askAll) : askAll());
  showDisk(folder);
} finally {
  await folder.remove();
}

async function askAll(): Promise<void> {
  process.stdout.write(
    '\nquestion                                        cold      p50      p95    clock   goal\n',
  );
  for (const asked of questionsOf(folder.now)) if (asked.name.includes(part)) await show(asked);
}

/** Does it while a server on the same folder takes reports, processes and seals them. */
async function besideIntake(ask: () => Promise<void>): Promise<void> {
  const server = await startBeside(folder.dir);
  const sender = new BoundedSender(server.submitUrl, intake);
  try {
    await ask();
    const { perSecond, p50, p99, failed } = sender.told();
    process.stdout.write(
      `\nmeanwhile ${perSecond.toFixed(1)} of ${intake} reports a second, answered in ${p50.toFixed(1)} ms (p50), ${p99.toFixed(1)} ms (p99), ${failed} failed\n`,
    );
  } finally {
    await sender.stop();
    await server.stop();
  }
}

/** Cold: in a thread that has read nothing yet. What is cut short after two seconds says so. */
async function show({ name, goalMs }: Asked): Promise<void> {
  const worker = new Worker(new URL('./asking-thread.ts', import.meta.url), {
    workerData: { database: folder.database, name, now: folder.now, times: TIMES },
    resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128 },
  });
  const [[cold, ...warm]] = (await once(worker, 'message')) as [readonly Taken[]];
  const p50 = percentile(
    warm.map(({ cpuMs }) => cpuMs),
    0.5,
  );
  const p95 = percentile(
    warm.map(({ cpuMs }) => cpuMs),
    0.95,
  );
  const clock = percentile(
    warm.map(({ clockMs }) => clockMs),
    0.5,
  );
  const numbers = [cold?.cpuMs ?? Number.NaN, p50, p95, clock]
    .map((ms) => ms.toFixed(1).padStart(8))
    .join(' ');
  const cut = [cold, ...warm].filter((taken) => taken?.complete === false).length;
  process.stdout.write(
    `${name.padEnd(43)} ${numbers}   ${p95 <= goalMs ? 'yes' : `NO (${goalMs})`}${cut === 0 ? '' : `, ${cut} cut short`}\n`,
  );
}

function percentile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.max(Math.ceil(sorted.length * share) - 1, 0)] ?? Number.NaN;
}

function floor(): number {
  const codes = Uint16Array.from({ length: crashes }, (_, at) => (at * 31) % 5000);
  const counts = new Float64Array(5000);
  const pass = (): void => {
    for (const code of codes) counts[code] = (counts[code] ?? 0) + 1;
  };
  pass();
  const startedAt = performance.now();
  pass();
  return performance.now() - startedAt;
}

function showDisk({ rowBytes, reportBytes, database }: FilledFolder): void {
  const connection = new Database(database, { readonly: true });
  const { bytes, rows } = connection
    .prepare(
      `SELECT (SELECT sum(length(data)) FROM segment_columns) AS bytes, (SELECT sum(rows) FROM segments) AS rows`,
    )
    .get() as { bytes: number; rows: number };
  connection.close();
  const each = bytes / rows;
  process.stdout.write(
    `\ndisk: ${each.toFixed(0)} bytes a crash; ${(each / rowBytes).toFixed(3)} of its facts as JSON (${rowBytes.toFixed(0)}), ` +
      `${(each / reportBytes).toFixed(3)} of the processed report (${reportBytes.toFixed(0)}); goal 0.1\n`,
  );
}
