// The lock of one report in a Crashpad database: `<uuid>.lock` beside it, made exclusively, with the time inside
// (ScopedLockFile in crashpad's client/crash_report_database_generic.cc).
import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { ownerState, readOwner, thisOwner } from '../monitor/process-alive.ts';

/**
 * Crashpad holds a lock no longer than an upload takes, one minute. It deletes a report whose lock is a day old, so that
 * a lock which a killed run left behind has to go long before.
 */
const STALE_MS = 10 * 60_000;
/** The time comes first; Crashpad reads no further, and after it our locks say whose they are. */
const TIME_BYTES = 8;

/** Takes the lock of a report; null where another process has it. The result gives it back. */
export function takeCrashpadLock(dumpPath: string, nowMs: number): (() => void) | null {
  const lock = dumpPath.replace(/\.dmp$/, '.lock');
  for (const attempt of [1, 2]) {
    try {
      const file = openSync(lock, 'wx', 0o600);
      const seconds = Buffer.alloc(TIME_BYTES);
      seconds.writeBigInt64LE(BigInt(Math.floor(nowMs / 1000)));
      writeSync(file, Buffer.concat([seconds, Buffer.from(JSON.stringify(thisOwner()))]));
      closeSync(file);
      return () => rmSync(lock, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (attempt === 2 || !isStale(lock, nowMs)) return null;
      rmSync(lock, { force: true });
    }
  }
  return null;
}

function isStale(lock: string, nowMs: number): boolean {
  try {
    const bytes = readFileSync(lock);
    const owner = readOwner(bytes.subarray(TIME_BYTES).toString());
    if (owner !== null && ownerState(owner) === 'dead') return true;
    // A lock that was made and not yet filled is as old as its file.
    const takenMs =
      bytes.length >= TIME_BYTES ? Number(bytes.readBigInt64LE()) * 1000 : statSync(lock).mtimeMs;
    return nowMs - takenMs > STALE_MS;
  } catch {
    return false;
  }
}
