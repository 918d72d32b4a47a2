// Folds the write-ahead log back into the database and empties it, for when nobody needs that at once.
import { syncFiles } from '../disk/files.ts';
import type { Layout } from '../disk/folder-layout.ts';
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

/** A log of this size is worth no fold on its own. */
const SHORT_LOG_BYTES = 256 * 1024;

/**
 * Folds the log while the disk still has room for what it adds to the database file: a log that has taken the last byte could not be folded any
 * more, and a page that was written often lies in it as often. Between batches; what hinders it is no fault, the next batch tries again.
 */
export function foldLogInTime(connection: Connection, layout: Layout): void {
  try {
    const log = syncFiles.stat(`${layout.database}-wal`)?.size ?? 0;
    if (log > SHORT_LOG_BYTES && syncFiles.freeBytes(layout.root) < 2 * log) foldLogNow(connection);
  } catch {
    // Whoever writes next hears what is wrong with the disk.
  }
}
