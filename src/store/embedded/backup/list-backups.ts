// The finished backups of a folder.
import path from 'node:path';
import type { Files } from '../disk/files.ts';
import { MANIFEST } from './backup-format.ts';

const NAME = /^\d{8}T\d{6}Z$/;

/** A finished backup. */
export interface ListedBackup {
  readonly name: string;
  /** When it was begun, milliseconds since 1970. */
  readonly startedAt: number;
}

/** Whether a name may be that of a backup. */
export function isBackupName(name: string): boolean {
  return NAME.test(name);
}

/** Oldest first. */
export async function listBackups(files: Files, target: string): Promise<readonly ListedBackup[]> {
  const found: ListedBackup[] = [];
  for (const name of (await files.list(target)).filter(isBackupName).sort()) {
    if ((await files.stat(path.join(target, name, MANIFEST))) === null) continue;
    found.push({ name, startedAt: startOf(name) });
  }
  return found;
}

/**
 * The name of a backup that was begun at a moment, `20261130T142337Z`: ISO 8601's basic form, which sorts, and is a name on every file system. The
 * newest backup is the one whose name is last, so that where the clock is behind a name that is taken, it is the second after that.
 */
export function nameAfter(taken: readonly string[], at: number): string {
  const last = taken.filter(isBackupName).sort().at(-1);
  const after = last === undefined ? at : Math.max(at, startOf(last) + 1000);
  return `${new Date(after).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

/** So much may names be ahead of the clock: those of backups that are begun within one second are of the seconds after it. */
const AHEAD_MS = 60_000;

/** The name of the newest backup, where that is of a time that is yet to come: a clock is or was wrong. `now`: when the next one is begun. */
export function nameAhead(newest: ListedBackup | null, now: number): string | null {
  return newest !== null && newest.startedAt > now + AHEAD_MS ? newest.name : null;
}

/** When a backup of this name was begun, or named to be, milliseconds since 1970. */
export function startOf(name: string): number {
  return Date.parse(name.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}
