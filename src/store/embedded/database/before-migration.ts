// A copy of the database as the older version left it, made before its first migration where there is room: the way back for an operator who
// finds that the new version is not for them. Housekeeping removes it after a week, since it also holds what was deleted meanwhile.
import path from 'node:path';
import { syncFiles } from '../disk/files.ts';
import type { Layout } from '../disk/folder-layout.ts';
import { appliedNumber } from './migrate.ts';
import { openDatabase } from './open-database.ts';
import { statements } from './statements.ts';
import type { Connection } from './query.ts';

/** So many times the size of the database must be free: for the copy, and for what the migration writes. */
const ROOM = 2;
const KEEP_MS = 7 * 86_400_000;
/** Those that a kill left half are named after their process. */
const NAME = /^mayday\.db\.schema-\d+(?:\.\d+)?$/;

/**
 * Copies the database. Gives the name of the copy, or null where there is no room for one. One that is there is replaced: it may be of an earlier
 * upgrade, after which somebody went back and used the older version on. Throws SQLite's error.
 */
export function copyBeforeMigration(connection: Connection, layout: Layout, schema: number): string | null {
  const name = `${path.basename(layout.database)}.schema-${schema}`;
  const target = path.join(layout.root, name);
  const size = syncFiles.stat(layout.database)?.size ?? 0;
  if (syncFiles.freeBytes(layout.root) < ROOM * size) return null;
  const draft = `${target}.${process.pid}`;
  try {
    syncFiles.removeTree(draft);
    statements.prepare<[file: string], never>(connection, 'VACUUM INTO ?').run(draft);
    // Another process that starts now may have migrated it meanwhile, and has made the copy before.
    if (schemaOf(draft) !== schema) return syncFiles.stat(target) === null ? null : name;
    syncFiles.syncFile(draft);
    syncFiles.rename(draft, target);
    syncFiles.syncFolder(layout.root);
    return name;
  } finally {
    syncFiles.removeTree(draft);
  }
}

function schemaOf(file: string): number {
  const copy = openDatabase(file, { readonly: true, cacheBytes: 1024 * 1024, walBytes: 1024 * 1024 });
  try {
    return appliedNumber(copy);
  } finally {
    copy.close();
  }
}

/** Removes all of them: they hold what has just been deleted for good. */
export function removeAllCopies({ root }: Pick<Layout, 'root'>): void {
  for (const name of syncFiles.list(root)) if (NAME.test(name)) syncFiles.removeTree(path.join(root, name));
}

/** Removes copies that are old; gives how many. */
export function removeOldCopies({ root }: Pick<Layout, 'root'>, now: number): number {
  const old = syncFiles
    .list(root)
    .filter((name) => NAME.test(name))
    .map((name) => path.join(root, name))
    .filter((file) => now - (syncFiles.stat(file)?.mtimeMs ?? now) > KEEP_MS);
  for (const file of old) syncFiles.removeTree(file);
  return old.length;
}
