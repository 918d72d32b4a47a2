// Searches over many filed crashes: each kind of question for the first time (cold), then its 50th and 95th percentile, in a thread like
// the server's reader threads; beside the floor, one plain pass over as many numbers as there are rows. Then what facts take on disk.
//
//   node bench/search/main.ts [crashes] [bugs] [name part]
//
// BENCH_SEARCH_DIR names a folder that is filled once and kept, to measure again without filling (a million takes about 100 MB).
// BENCH_SEARCH_TIMES says how often each is asked (20).
// BENCH_SEARCH_COPIES=10 makes a tenth of the crashes and nine copies of them (multiply-segments.ts): for ten million.
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { createLog } from '../../src/base/log.ts';
import { createMetrics } from '../../src/base/metrics.ts';
import { openEmbeddedStore } from '../../src/store/embedded/open.ts';
import type { Store } from '../../src/store/store.ts';
import { openDatabase } from '../../src/store/embedded/database/open-database.ts';
import { multiplySegments } from './multiply-segments.ts';
import type { Sealed } from './seal-crashes.ts';
import { sealCrashes } from './seal-crashes.ts';
import type { Taken } from './asking-thread.ts';
import { questionsOf } from './questions.ts';
import type { Asked } from './questions.ts';

const TIMES = Number(process.env['BENCH_SEARCH_TIMES'] ?? 20);
const DAYS = 90;

const crashes = Number(process.argv[2] ?? 1_000_000);
const bugs = Number(process.argv[3] ?? 20_000);
const part = process.argv[4] ?? '';
const copies = Number(process.env['BENCH_SEARCH_COPIES'] ?? 1);

const kept = process.env['BENCH_SEARCH_DIR'];
const isFilled = kept !== undefined && existsSync(path.join(kept, 'mayday.db'));
const dir = kept ?? (await mkdtemp(path.join(tmpdir(), 'mayday-bench-search-')));
const notes = path.join(dir, 'filled.json');

async function openStore(): Promise<Store> {
  return openEmbeddedStore({
    dir,
    maxBytes: 64 * 1024 ** 3,
    minFreeBytes: 0,
    keepDays: null,
    autoProducts: true,
    maxAutoProducts: 100,
    inboxSize: 100,
    sweepGraceMs: 60_000,
    log: createLog('silent'),
    metrics: createMetrics(),
    housekeeping: false,
  });
}

try {
  if (!isFilled) await fill();
  // A kept folder is brought to the schema of this code.
  await (await openStore()).close();
  const filled = JSON.parse(await readFile(notes, 'utf8')) as Sealed & { readonly now: number };
  process.stdout.write(
    `${crashes} crashes, ${bugs} bugs, ${DAYS} days; ${TIMES} times each; ms of processor time, and by the clock\n`,
  );
  process.stdout.write(`floor: ${floor().toFixed(1)} ms for one pass over as many numbers\n\n`);
  process.stdout.write(
    'question                                        cold      p50      p95    clock   goal\n',
  );
  for (const asked of questionsOf(filled.now)) {
    if (asked.name.includes(part)) await show(asked, filled.now);
  }
  showDisk(filled);
} finally {
  if (kept === undefined) await rm(dir, { recursive: true, force: true });
}

async function fill(): Promise<void> {
  const startedAt = performance.now();
  const now = Date.now();
  const store = await openStore();
  try {
    const sealed = await sealCrashes(store, dir, {
      reports: Math.ceil(crashes / copies),
      bugs,
      days: DAYS,
      now,
    });
    if (copies > 1) multiply();
    await writeFile(notes, JSON.stringify({ ...sealed, now }));
  } finally {
    await store.close();
  }
  process.stdout.write(`filled in ${Math.round((performance.now() - startedAt) / 1000)} s\n`);
}

function multiply(): void {
  const connection = openDatabase(path.join(dir, 'mayday.db'), {
    readonly: false,
    cacheBytes: 64 * 1024 * 1024,
    walBytes: 8 * 1024 * 1024,
  });
  try {
    connection.pragma('synchronous = OFF');
    multiplySegments(connection, copies);
  } finally {
    connection.close();
  }
}

/** Cold: in a thread that has read nothing yet. What is cut short after two seconds says so. */
async function show({ name, goalMs }: Asked, now: number): Promise<void> {
  const worker = new Worker(new URL('./asking-thread.ts', import.meta.url), {
    workerData: { database: path.join(dir, 'mayday.db'), name, now, times: TIMES },
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

function showDisk({ rowBytes, reportBytes }: Sealed): void {
  const connection = new Database(path.join(dir, 'mayday.db'), { readonly: true });
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
