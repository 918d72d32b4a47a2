// Whoever works in a folder alone holds a lock that ends with its process, however that ends: SQLite's, on an empty database there.
import { errorCode } from '../disk/storage-error.ts';
import { openLock } from './open-database.ts';
import { statements } from './statements.ts';

/** Runs `work` while the file `lock` is held. Throws a sentence where another process has it. */
export async function holdLock<T>(lock: string, work: () => Promise<T>): Promise<T> {
  const connection = openLock(lock);
  try {
    try {
      statements.exec(connection, 'BEGIN EXCLUSIVE');
    } catch (error) {
      if (!errorCode(error).startsWith('SQLITE_BUSY')) throw error;
      throw new Error(`Another process works there: it holds ${lock}. Nothing was changed.`, {
        cause: error,
      });
    }
    return await work();
  } finally {
    connection.close();
  }
}
