// What went wrong below the store, told as the contract tells it: `full` where space would help, else `failed`.
import { StorageError } from '../../intake.ts';

const NO_SPACE = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL']);

/** The code of a system or SQLite error (`ENOSPC`, `SQLITE_IOERR_WRITE`), or an empty text. */
export function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

/** Wraps whatever was thrown; a `StorageError` passes unchanged. `doing` completes "could not …". */
export function asStorageError(error: unknown, doing: string): StorageError {
  if (error instanceof StorageError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  const reason = NO_SPACE.has(errorCode(error)) ? 'full' : 'failed';
  return new StorageError(`could not ${doing}: ${detail}`, { reason, cause: error });
}

/** Whether more free space would have helped. */
export function isLackOfSpace(error: unknown): boolean {
  return NO_SPACE.has(errorCode(error)) || (error instanceof StorageError && error.reason === 'full');
}

/**
 * Whether a SQLite connection should be closed and opened again: its file or its view of the file is in doubt. A full disk
 * is no reason: the transaction is rolled back and the connection stays good, while a new one could not be opened there.
 */
export function spoilsConnection(error: unknown): boolean {
  return /^SQLITE_(IOERR|CORRUPT|NOTADB|CANTOPEN|READONLY|PROTOCOL)/.test(errorCode(error));
}
