// The folder of panic logs: which are to be reported, which are half written, which are old.
import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import path from 'node:path';
import { markPath, reportedPath, syncFolder } from './panic-log.ts';
import { ownerState, readOwner } from './process-alive.ts';

const LOG = /^panic-.*\.log$/;
const REPORTED = '.reported.';
const MARK_ENDING = '.writing';
/** A log of another machine on a shared folder counts as abandoned when it has not grown for this long. */
const FOREIGN_QUIET_MS = 5 * 60_000;
const DAY_MS = 24 * 60 * 60_000;
/** What no monitor writes is not read: a log is smaller than 1 MiB. */
const MAX_READ_BYTES = 4 * 1024 * 1024;
const MAX_MARK_BYTES = 1000;
const MAX_SAME_NAME = 1000;

/** The line at the end of a log whose monitor was killed while it wrote. */
export const CUT_SHORT = '[the log ends here: its monitor was stopped while it was being written]';

/** Logs that wait to be reported, newest first; those still being written are left out. */
export function unreportedLogs(dir: string): readonly string[] {
  const names = listing(dir);
  const writing = new Set(names.filter((name) => name.endsWith(MARK_ENDING)));
  return names
    .filter((name) => LOG.test(name) && !name.includes(REPORTED) && !writing.has(markPath(name)))
    .map((name) => path.join(dir, name))
    .filter((file) => regularSize(file) !== null)
    .sort()
    .toReversed();
}

/** The bytes of a log; null where it is gone or no log of a monitor. */
export function readLog(file: string): Buffer | null {
  const size = regularSize(file);
  if (size === null || size === 0 || size > MAX_READ_BYTES) return null;
  try {
    return readFileSync(file);
  } catch {
    return null;
  }
}

/**
 * `panic-1.log` → `panic-1.reported.log`, or a name with a number where another log has that. Another monitor on the same folder may
 * have been faster.
 */
export function markReported(file: string): void {
  const wanted = reportedPath(file);
  for (let number = 1; number < MAX_SAME_NAME; number += 1) {
    const target = number === 1 ? wanted : wanted.replace(/\.reported\.log$/, `-${number}.reported.log`);
    try {
      // A rename would replace what is there; a second name does not.
      linkSync(file, target);
      rmSync(file, { force: true });
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return;
      // The other monitor is about to take the first name away.
      if (code === 'EEXIST' && isSameFile(file, target)) return;
      if (code === 'EEXIST') continue;
      // A file system without second names (FAT, some shares).
      if (existsSync(target)) continue;
      renameSync(file, target);
      return;
    }
  }
  throw new Error(`${path.dirname(file)} has ${MAX_SAME_NAME} reported logs called ${path.basename(file)}`);
}

/**
 * Completes the logs whose monitor ended before they were whole, so that they are reported with what they have.
 * Gives their paths.
 */
export function completeAbandoned(dir: string, nowMs: number): readonly string[] {
  const completed: string[] = [];
  for (const name of listing(dir)) {
    if (!name.endsWith(MARK_ENDING)) continue;
    const mark = path.join(dir, name);
    const log = mark.slice(0, -MARK_ENDING.length);
    if (!LOG.test(path.basename(log)) || isBeingWritten(mark, log, nowMs)) continue;
    if (complete(log)) completed.push(log);
    rmSync(mark, { force: true });
  }
  return completed;
}

/** Deletes logs, reported or not, that were last changed more than `keepDays` ago. Gives how many. */
export function deleteOldLogs(dir: string, keepDays: number, nowMs: number): number {
  let deleted = 0;
  for (const name of listing(dir)) {
    if (!LOG.test(name)) continue;
    const file = path.join(dir, name);
    const stats = lstatSync(file, { throwIfNoEntry: false });
    if (stats === undefined || !stats.isFile() || nowMs - stats.mtimeMs < keepDays * DAY_MS) continue;
    rmSync(file, { force: true });
    rmSync(markPath(file), { force: true });
    deleted += 1;
  }
  return deleted;
}

/** Deletes the oldest logs beyond `maxLogs`, reported ones first: a program that crashes for weeks fills no disk. */
export function deleteSurplusLogs(dir: string, maxLogs: number): number {
  const names = listing(dir)
    .filter((name) => LOG.test(name))
    .sort();
  const reported = names.filter((name) => name.includes(REPORTED));
  const others = names.filter((name) => !name.includes(REPORTED));
  const surplus = [...reported, ...others].slice(0, Math.max(0, names.length - maxLogs));
  for (const name of surplus) rmSync(path.join(dir, name), { force: true });
  return surplus.length;
}

function isBeingWritten(mark: string, log: string, nowMs: number): boolean {
  const writer = (regularSize(mark) ?? Infinity) > MAX_MARK_BYTES ? null : readOwner(textOf(mark));
  // Killed between making the mark and filling it: nobody is writing.
  if (writer === null) return false;
  const state = ownerState(writer);
  if (state !== 'elsewhere') return state === 'alive';
  const stats = lstatSync(log, { throwIfNoEntry: false });
  return stats !== undefined && nowMs - stats.mtimeMs < FOREIGN_QUIET_MS;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Ends a log properly; one in which nothing stands yet is removed. Gives whether there is a log. */
function complete(log: string): boolean {
  const size = regularSize(log);
  if (size === null) return false;
  if (size === 0) {
    rmSync(log, { force: true });
    return false;
  }
  const lastByte = readLog(log)?.at(-1);
  appendFileSync(log, `${lastByte === 0x0a ? '' : '\n'}${CUT_SHORT}\n`);
  const file = openSync(log, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  syncFolder(path.dirname(log));
  return true;
}

function isSameFile(one: string, other: string): boolean {
  const [a, b] = [one, other].map((file) => lstatSync(file, { throwIfNoEntry: false }));
  return a === undefined || (b !== undefined && a.ino === b.ino && a.dev === b.dev);
}

function regularSize(file: string): number | null {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  return stats?.isFile() === true ? stats.size : null;
}

function listing(dir: string): readonly string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}
