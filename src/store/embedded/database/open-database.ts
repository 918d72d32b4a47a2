// Opens connections to the store's SQLite file: one set of pragmas for every process and thread that shares it.
import Database from 'better-sqlite3';
import { errorCode } from '../disk/storage-error.ts';
import { parseKeys } from '../../shared/secret-box.ts';
import { syncFiles } from '../disk/files.ts';
import { whenUnknown } from '../sealed/unlocked-keys.ts';
import { unlockKeys, wrappedKeys } from './data-keys.ts';
import { query, type Connection } from './query.ts';
import { defineSealing } from './sealing-functions.ts';
import { statements } from './statements.ts';

/** How long a statement waits for another process or thread that is writing. */
export const BUSY_TIMEOUT_MS = 10_000;

/**
 * How long the write-ahead log may become in a store with this limit: a small part of it, and never more than 32 MiB. A page
 * that many commits have changed is written back once for each time that the log is full.
 */
export function walBytesFor(maxBytes: number): number {
  return Math.min(Math.max(Math.floor(maxBytes / 64), 128 * 1024), 32 * 1024 * 1024);
}

const autoVacuum = query<[], number>(`PRAGMA auto_vacuum`);
const INCREMENTAL = 2;

/** Settings of one connection. */
export interface ConnectionSettings {
  readonly readonly: boolean;
  /** Page cache of the connection. */
  readonly cacheBytes: number;
  /** The write-ahead log is folded back beyond this size; readers that lag can make it longer for a while. */
  readonly walBytes: number;
}

/** Opens the database file; a connection that may write creates it. Throws SQLite's error. */
export function openDatabase(file: string, settings: ConnectionSettings): Connection {
  const connection = new Database(file, {
    readonly: settings.readonly,
    fileMustExist: settings.readonly,
    timeout: BUSY_TIMEOUT_MS,
  });
  try {
    statements.pragma(connection, `cache_size = -${Math.ceil(settings.cacheBytes / 1024)}`);
    if (!settings.readonly) {
      // Only an empty file takes auto_vacuum, and only before it enters WAL mode. Where it is set already nothing may be written: the disk
      // may be full.
      if (autoVacuum(connection).pluck().get() !== INCREMENTAL) {
        statements.pragma(connection, 'auto_vacuum = INCREMENTAL');
      }
      enterWalMode(connection);
      statements.pragma(connection, 'synchronous = FULL');
      statements.pragma(connection, 'foreign_keys = ON');
      // What is deleted is overwritten, in pages that stay and in pages that become free.
      statements.pragma(connection, 'secure_delete = ON');
      statements.pragma(
        connection,
        `wal_autocheckpoint = ${Math.max(16, Math.floor(settings.walBytes / 4096))}`,
      );
      statements.pragma(connection, `journal_size_limit = ${settings.walBytes}`);
    }
    if (wrappedKeys(connection).length > 0) defineSealing(connection, file);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Opens a file that serves as a lock, and waits for nobody. Throws SQLite's error. */
export function openLock(file: string): Connection {
  return new Database(file, { timeout: 0 });
}

/** The change to WAL mode does not wait for locks as statements do (two processes may start at once), so it is repeated. */
function enterWalMode(connection: Connection): void {
  const giveUpAt = Date.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      statements.pragma(connection, 'journal_mode = WAL');
      return;
    } catch (error) {
      if (!errorCode(error).startsWith('SQLITE_BUSY') || Date.now() > giveUpAt) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

// A data key that another process made since (`mayday keys rotate --data`) is looked for in each database that was unlocked.
whenUnknown((databases) => {
  for (const [database, { keys, wrapping }] of databases) {
    try {
      const text = wrapping.text ?? syncFiles.readText(wrapping.file ?? '');
      const connection = openDatabase(database, { readonly: true, cacheBytes: 64 * 1024, walBytes: 0 });
      try {
        if (wrappedKeys(connection).length > keys.length)
          unlockKeys(connection, { database, ring: parseKeys(text, database), file: wrapping.file });
      } finally {
        connection.close();
      }
    } catch {
      // Who asked for the key says that it is not known.
    }
  }
});
