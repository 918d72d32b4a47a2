// Makes a backup into a folder of backups. Each backup is a folder of its own that stands for itself; what has not changed since the last one is
// the same file under a second name, so that it costs no space.
import path from 'node:path';
import { holdLock } from '../database/folder-lock.ts';
import { appliedNumber, readMigrations } from '../database/migrate.ts';
import { openDatabase } from '../database/open-database.ts';
import type { Connection } from '../database/query.ts';
import type { Files } from '../disk/files.ts';
import { layoutOf } from '../disk/folder-layout.ts';
import { DATABASE, MANIFEST, type Manifest } from './backup-format.ts';
import { explainRoom } from './explain-room.ts';
import { FolderDestination, sumsOf } from './folder-destination.ts';
import { READ, gatherStore } from './gather-store.ts';
import { journalFaultOf, putJournal, requireBroughtUp } from './later-erasures.ts';
import { isBackupName, listBackups, nameAfter, nameAhead } from './list-backups.ts';

/** Where a backup comes into being; one that was cut short is gone on with. */
const UNFINISHED = 'unfinished';

/** What is copied, and when it was begun, milliseconds since 1970. */
export interface BackupSettings {
  readonly files: Files;
  /** The data folder. */
  readonly dir: string;
  /** The folder of backups. */
  readonly target: string;
  readonly now: () => number;
  /** The version of Mayday. */
  readonly version: string;
  /** Finished backups that stay, this one among them; null: all. */
  readonly keep: number | null;
  /** Files on the same file system get a second name and are not copied: faster and smaller, but damage of the disk hits both. */
  readonly link: boolean;
  /** Nothing is taken from the backup before: every file is read from the store again, so that damage of an older backup ends there. */
  readonly full: boolean;
  readonly progress: (what: string, done: number, total: number) => void;
}

/** A backup that was made. */
export interface MadeBackup {
  /** Its name in the folder of backups. */
  readonly name: string;
  readonly manifest: Manifest;
  /** Bytes that were copied for it; the rest it shares with the backup before. */
  readonly copied: number;
  /** Names of older backups that were removed. */
  readonly removed: readonly string[];
  /** The newest backup before, where that is of a time that is yet to come: a clock is or was wrong. */
  readonly ahead: string | null;
  /** Why the journal of erasures that lies beside it does not say what was erased since: a sentence; null: it does. */
  readonly journalFault: string | null;
}

/** Makes a backup. Throws a sentence or the system's error; then there is none, and what was copied is used by the next one. */
export async function makeBackup(settings: BackupSettings): Promise<MadeBackup> {
  const { dir, target } = settings;
  requireApart(dir, target);
  requireBroughtUp(dir);
  return explainRoom(target, 'there is no new backup, and the next one goes on with what was copied.', () =>
    makeLocked(settings),
  );
}

async function makeLocked(settings: BackupSettings): Promise<MadeBackup> {
  const { files, dir, target, now, version, keep, full, link, progress } = settings;
  await files.makeFolder(target);
  return holdLock(path.join(target, 'lock'), async () => {
    const startedAt = now();
    const connection = openDatabase(layoutOf(dir).database, READ);
    try {
      requireSchema(connection);
      const newest = (await listBackups(files, target)).at(-1) ?? null;
      const folder = path.join(target, UNFINISHED);
      if (full) await files.removeTree(folder);
      await files.makeFolder(folder);
      const previous = full ? null : await sumsOf(files, target, newest?.name ?? null);
      const destination = new FolderDestination({ files, folder, previous, link });
      const gathered = await gatherStore(
        { files, dir, connection, database: path.join(folder, DATABASE), progress },
        destination,
      );
      const manifest = await destination.finish({
        mayday: version,
        schema: appliedNumber(connection),
        startedAt,
        finishedAt: now(),
        ...gathered,
      });
      const name = nameAfter(await files.list(target), startedAt);
      await files.rename(folder, path.join(target, name));
      await files.syncFolder(target);
      const journalFault = await journalFaultOf(() => putJournal(files, connection, target));
      // Where this one lacks files, an older one may be the last that has them.
      const removed =
        keep === null || manifest.missing.length > 0 ? [] : await removeOld(files, target, keep);
      const ahead = nameAhead(newest, startedAt);
      return { name, manifest, copied: destination.copied, removed, ahead, journalFault };
    } finally {
      connection.close();
    }
  });
}

/** A backup inside of what it backs up would hold itself, and the other way round the store would be swept away with an old backup. */
export function requireApart(dir: string, target: string): void {
  const [store, backups] = [path.resolve(dir), path.resolve(target)];
  const isBelow = (inner: string, outer: string): boolean =>
    inner === outer || inner.startsWith(outer + path.sep);
  if (isBelow(backups, store) || isBelow(store, backups))
    throw new Error(`The folder of backups ${backups} and the data folder ${store} must lie apart.`);
}

/** Throws a sentence where the database is that of another version. */
export function requireSchema(connection: Connection): void {
  const [has, knows] = [appliedNumber(connection), readMigrations().at(-1)?.number ?? 0];
  if (has === knows) return;
  throw new Error(
    has < knows
      ? `The database is that of an older version of Mayday (its schema is ${has}, this version has ${knows}). Back it up with that version, or start a server of this one first.`
      : `The database was made by a newer version of Mayday (its schema is ${has}, this version knows ${knows}). Back it up with that version or a newer one.`,
  );
}

/** Gives the names of those that are gone now. */
async function removeOld(files: Files, target: string, keep: number): Promise<readonly string[]> {
  const finished = await listBackups(files, target);
  const old = finished.slice(0, -Math.max(1, keep));
  for (const { name } of old) {
    // Without its manifest it is no backup any more: a removal that is cut short leaves none that looks whole.
    await files.removeTree(path.join(target, name, MANIFEST));
    await files.removeTree(path.join(target, name));
  }
  // What such a removal has left.
  const oldest = finished.at(old.length)?.name ?? '';
  for (const name of await files.list(target))
    if (isBackupName(name) && name < oldest) await files.removeTree(path.join(target, name));
  return old.map(({ name }) => name);
}
