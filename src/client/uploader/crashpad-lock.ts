// The lock of one report in a Crashpad database: `<uuid>.lock` beside it, made exclusively, with the time inside
// (ScopedLockFile in crashpad's client/crash_report_database_generic.cc).
import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
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
  if (make(lock, nowMs) || (isStale(lock, nowMs) && remake(lock, nowMs)))
    return () => rmSync(lock, { force: true });
  return null;
}

function remake(lock: string, nowMs: number): boolean {
  rmSync(lock, { force: true });
  return make(lock, nowMs);
}

/**
 * False: there is a lock already. It appears with what it says in one step, since one that a kill left empty would not tell
 * whose it is. The name that it has before ends in no way that Crashpad looks at.
 */
function make(lock: string, nowMs: number): boolean {
  const seconds = Buffer.alloc(TIME_BYTES);
  seconds.writeBigInt64LE(BigInt(Math.floor(nowMs / 1000)));
  const owner = thisOwner();
  const content = Buffer.concat([seconds, Buffer.from(JSON.stringify(owner))]);
  // In containers that share a folder every process may be number 1.
  const draft = `${lock}.${owner.host}.${owner.pid}`;
  writeFileSync(draft, content, { mode: 0o600 });
  try {
    linkSync(draft, lock);
    return true;
  } catch (error) {
    if (isThere(error)) return false;
  } finally {
    rmSync(draft, { force: true });
  }
  // Not every file system knows links.
  try {
    writeFileSync(lock, content, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (isThere(error)) return false;
    throw error;
  }
}

function isThere(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EEXIST';
}

function isStale(lock: string, nowMs: number): boolean {
  try {
    const bytes = readFileSync(lock);
    const owner = readOwner(bytes.subarray(TIME_BYTES).toString());
    if (owner !== null && ownerState(owner) === 'dead') return true;
    // One of Crashpad's that was made and not yet filled is as old as its file.
    const takenMs =
      bytes.length >= TIME_BYTES ? Number(bytes.readBigInt64LE()) * 1000 : statSync(lock).mtimeMs;
    return nowMs - takenMs > STALE_MS;
  } catch {
    return false;
  }
}
