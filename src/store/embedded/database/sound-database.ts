// Whether the database may be used: it must be there when reports are, and what is looked at of it must be readable. The sentences are for the
// operator, who finds them at the start.
import { COMMAND } from '../../../base/command-name.ts';
import path from 'node:path';
import { syncFiles } from '../disk/files.ts';
import { RESTORING, type Layout } from '../disk/folder-layout.ts';
import { errorCode } from '../disk/storage-error.ts';
import { checkWhole, examine } from './examine.ts';
import type { Connection } from './query.ts';

/** A database up to this size is checked whole before it is used: that takes some tens of milliseconds. */
const SMALL_BYTES = 16 * 1024 * 1024;
/** So long the start looks for damage in a larger one; the rest is read later, in the background. */
const LOOK_AT_START_MS = 100;

const REPAIR =
  `Stop all servers and run \`${COMMAND} repair\`, which saves what can be read and deletes nothing, or put the last backup back. ` +
  'Nothing was changed.';

/** Throws a sentence where the folder holds files of reports and no database: a new one would know none of them. */
export function requireDatabase(layout: Layout): void {
  if (databaseExists(layout)) return;
  requireNoRestore(layout);
  const folders = foldersOfReports(layout);
  const blobs = namesIn(layout.blobs).length;
  const symbols = namesIn(layout.symbols).length;
  const packs = namesIn(layout.packs).length;
  if (folders + blobs + symbols + packs === 0) return;
  throw new Error(
    `The database ${layout.database} is ${syncFiles.stat(layout.database) === null ? 'missing' : 'empty'}, but its folder holds ` +
      `the files of ${folders} reports, ${blobs} blobs and symbols of ${symbols} modules${packs === 0 ? '' : `, and ${packs} packs of attachments`}. ${REPAIR}`,
  );
}

/** Throws a sentence where a restore has not yet put the database there: whatever came into the folder now would be lost, or spoil the restore. */
export function requireNoRestore(layout: Layout): void {
  const waiting = path.join(layout.root, RESTORING);
  if (databaseExists(layout) || syncFiles.stat(waiting) === null) return;
  throw new Error(
    `A restore into ${layout.root} is under way, or was cut short. Wait for it, or run \`${COMMAND} restore\` again; to give it up, remove ${waiting} and what lies beside it.`,
  );
}

/** As `requireDatabase`, for a database that is whole and not the one of the files: it is younger than they are. `older`: what a sample found. */
export function requireOwnFiles(layout: Layout, older: number, createdAt: number): void {
  if (older === 0) return;
  throw new Error(
    `The database ${layout.database} was made on ${new Date(createdAt).toISOString().slice(0, 19)} UTC, and its folder holds files of reports that ` +
      `are older and that it does not know (${older} in a sample): it is not the database of these files. ${REPAIR}`,
  );
}

/** Whether there is a database file with anything in it. */
export function databaseExists({ database }: Layout): boolean {
  return (syncFiles.stat(database)?.size ?? 0) > 0;
}

/** Runs something that reads the database; damage becomes a sentence for the operator. */
export function explainDamage<T>(layout: Layout, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isDamage(error)) throw error;
    throw new Error(`The database ${layout.database} is damaged (${messageOf(error)}). ${REPAIR}`, {
      cause: error,
    });
  }
}

/** Reads as much of the database as a start has time for. Throws SQLite's error where it is damaged. */
export function lookAtStart(connection: Connection, layout: Layout, milliseconds: () => number): void {
  if ((syncFiles.stat(layout.database)?.size ?? 0) <= SMALL_BYTES) {
    checkWhole(connection);
    return;
  }
  const until = milliseconds() + LOOK_AT_START_MS;
  for (const _ of examine(connection)) {
    if (milliseconds() > until) return;
  }
}

/** Whether SQLite says that the file is not what it should be. */
export function isDamage(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB)/.test(errorCode(error));
}

function foldersOfReports(layout: Layout): number {
  return namesIn(layout.reports)
    .filter((day) => /^\d{8}$/.test(day))
    .reduce((sum, day) => sum + namesIn(`${layout.reports}/${day}`).length, 0);
}

function namesIn(folder: string): readonly string[] {
  return syncFiles.stat(folder)?.isDirectory() === true ? syncFiles.list(folder) : [];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
