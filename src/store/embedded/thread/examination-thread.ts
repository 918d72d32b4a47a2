// Reads the database through, once, slowly and beside everything else; tells what damage it met. It ends by itself.
import { setTimeout as pause } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { examine } from '../database/examine.ts';
import { openDatabase } from '../database/open-database.ts';
import { isDamage } from '../database/sound-database.ts';

/** What the thread is given. */
export interface ExaminationSettings {
  readonly database: string;
  /** Rest after each step: it must cost others nothing that they notice. */
  readonly restMs: number;
}

/** Told once: the first damage in SQLite's words; null: there is none. */
export interface ExaminationResult {
  readonly damage: string | null;
}

const CACHE_BYTES = 1024 * 1024;

const { database, restMs } = workerData as ExaminationSettings;

async function run(): Promise<string | null> {
  const connection = openDatabase(database, { readonly: true, cacheBytes: CACHE_BYTES, walBytes: 0 });
  try {
    for (const _ of examine(connection)) await pause(restMs);
    return null;
  } catch (error) {
    if (isDamage(error) && error instanceof Error) return error.message;
    throw error;
  } finally {
    connection.close();
  }
}

const result: ExaminationResult = { damage: await run() };
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
parentPort?.postMessage(result);
