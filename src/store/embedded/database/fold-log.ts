// Folds the write-ahead log back into the database and empties it, for when nobody needs that at once.
import { BUSY_TIMEOUT_MS } from './open-database.ts';
import { query } from './query.ts';
import type { Connection } from './query.ts';

const doNotWait = query<[], unknown>(`PRAGMA busy_timeout = 0`);
const waitAgain = query<[], unknown>(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
const foldLog = query<[], { busy: number }>(`PRAGMA wal_checkpoint(TRUNCATE)`);

/** Waits for no reader, since every writer would wait with it; false: one keeps the log. */
export function foldLogNow(connection: Connection): boolean {
  doNotWait(connection).get();
  try {
    return foldLog(connection).get()?.busy === 0;
  } finally {
    waitAgain(connection).get();
  }
}
