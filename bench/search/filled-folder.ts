// The folder that searches and pages are measured on: made crashes of the last weeks, filled once where it is kept.
//
// BENCH_SEARCH_DIR names a folder that is filled once and kept, to measure again without filling (a million takes about 400 MB).
// BENCH_SEARCH_COPIES=10 makes a tenth of the crashes and nine copies of them (multiply-segments.ts): for ten million.
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createLog } from '../../src/base/log.ts';
import { createMetrics } from '../../src/base/metrics.ts';
import { openEmbeddedStore } from '../../src/store/embedded/open.ts';
import type { Store } from '../../src/store/store.ts';
import { openDatabase } from '../../src/store/embedded/database/open-database.ts';
import { multiplySegments } from './multiply-segments.ts';
import type { Sealed } from './seal-crashes.ts';
import { sealCrashes } from './seal-crashes.ts';

export const DAYS = 90;

export interface FilledFolder extends Sealed {
  readonly dir: string;
  readonly database: string;
  /** The end of the time in which the crashes came. */
  readonly now: number;
  /** Removes what is not kept. */
  remove(): Promise<void>;
}

/** The folder, filled and brought to the schema of this code. */
export async function filledFolder(crashes: number, bugs: number): Promise<FilledFolder> {
  const kept = process.env['BENCH_SEARCH_DIR'];
  const dir = kept ?? (await mkdtemp(path.join(tmpdir(), 'mayday-bench-search-')));
  const database = path.join(dir, 'mayday.db');
  const notes = path.join(dir, 'filled.json');
  const remove = async (): Promise<void> => {
    if (kept === undefined) await rm(dir, { recursive: true, force: true });
  };
  try {
    if (!existsSync(database)) await fill(dir, notes, { crashes, bugs });
    await (await openStore(dir)).close();
    const filled = JSON.parse(await readFile(notes, 'utf8')) as Sealed & { readonly now: number };
    return { ...filled, dir, database, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The store of a folder, without housekeeping. */
export async function openStore(dir: string): Promise<Store> {
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

async function fill(
  dir: string,
  notes: string,
  { crashes, bugs }: { readonly crashes: number; readonly bugs: number },
): Promise<void> {
  const copies = Number(process.env['BENCH_SEARCH_COPIES'] ?? 1);
  const startedAt = performance.now();
  const now = Date.now();
  const store = await openStore(dir);
  try {
    const reports = Math.ceil(crashes / copies);
    const sealed = await sealCrashes(store, dir, { reports, bugs, days: DAYS, now });
    if (copies > 1) multiply(path.join(dir, 'mayday.db'), copies);
    await writeFile(notes, JSON.stringify({ ...sealed, now }));
  } finally {
    await store.close();
  }
  process.stdout.write(`filled in ${Math.round((performance.now() - startedAt) / 1000)} s\n`);
}

function multiply(database: string, copies: number): void {
  const connection = openDatabase(database, {
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
