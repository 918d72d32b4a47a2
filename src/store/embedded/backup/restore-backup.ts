// Puts a backup where a data folder is to be. Every file is compared with its sum on the way; the database comes last, so that no server starts
// on half of it, and a restore that was cut short is gone on with.
import path from 'node:path';
import { openDatabase } from '../database/open-database.ts';
import { holdLock } from '../database/folder-lock.ts';
import { readMigrations } from '../database/migrate.ts';
import { syncFiles, type Files } from '../disk/files.ts';
import { layoutOf, RESTORED, RESTORING } from '../disk/folder-layout.ts';
import type { RestoredHead } from '../../shared/restored.ts';
import { restoredText } from '../journal/restored-file.ts';
import { readArchive, readArchiveManifest, type ArchiveHead } from './backup-archive.ts';
import { DATABASE, TOP_FOLDERS, readAll, readManifest, type Manifest } from './backup-format.ts';
import { partKey, type Bucket } from './bucket-format.ts';
import { findBackup, readSums } from './compare-backup.ts';
import { lockedSecrets, neededKeysOf, requireKeys, requireOpening, type RestoreKeys } from './backup-keys.ts';
import { copyFile, hashFile, writeFile } from './copy-file.ts';
import { READ } from './gather-store.ts';
import { explainRoom } from './explain-room.ts';
import { laterErasures, requireWhole, type FoundJournals, type LaterErasures } from './later-erasures.ts';
import { findBucketBackup } from './read-bucket-backup.ts';

/** The file of keys, in a data folder. */
const KEYS = path.basename(layoutOf('.').keys);
/** In it: held by the restore that works there. */
const LOCK = 'lock';
/** In it: the names that are moved out in the end, once that has begun. */
const MOVING = 'moving';

/** What is restored, and where to. */
export interface RestoreSettings {
  readonly files: Files;
  /** A backup, a folder of backups, an archive, or a bucket. */
  readonly from: string | Bucket;
  /** Which of the folder's backups; null: the newest. */
  readonly name: string | null;
  /** The data folder. */
  readonly dir: string;
  readonly progress: (done: number, total: number) => void;
  /** The keys that there are; absent: whether the backup opens is not looked at. */
  readonly keys?: RestoreKeys;
  /** What was erased since the backup was made is applied when the store is opened; absent: the store is left as it was. */
  readonly erasures?: {
    readonly journals: FoundJournals;
    /** Of journals that cannot be read whole, what can be read counts; else they stop the restore. */
    readonly skipDamaged: boolean;
    readonly by: Pick<RestoredHead, 'at' | 'user' | 'host'>;
  };
}

/**
 * Restores. Throws a sentence or the system's error; the data folder is then as it was, or, where the last step failed, as a kill would have left it:
 * no server starts on it, and the next restore begins again.
 */
export function restoreBackup(settings: RestoreSettings): Promise<Restored> {
  return explainRoom(settings.dir, 'nothing was restored.', () => restoreLocked(settings));
}

async function restoreLocked(settings: RestoreSettings): Promise<Restored> {
  const { files, dir } = settings;
  // What is no backup at all is said before anything is looked at or made.
  const found = await openBackup(settings);
  const needed = neededKeysOf(found.manifest);
  if (settings.keys !== undefined && needed !== null) requireKeys(needed, settings.keys, found.name);
  const { store } = found.manifest;
  if (settings.erasures !== undefined && typeof store === 'string')
    requireWhole(store, settings.erasures.journals, settings.erasures.skipDamaged);
  const waiting = path.join(dir, RESTORING);
  // From here on no server starts in this folder; one that started before has left something in it.
  const isNew = await files.makeFolder(waiting);
  const lock = path.join(waiting, LOCK);
  return holdLock(lock, async () => {
    try {
      await takeUpHalf(files, dir);
    } catch (error) {
      await files.removeTree(isNew ? waiting : lock);
      throw error;
    }
    let manifest: Manifest;
    let later: LaterErasures = NONE;
    let locked: readonly string[] = [];
    try {
      manifest = await found.fill(waiting);
      if (settings.keys !== undefined) locked = putKeys(settings.keys, waiting, found.name);
      if (settings.erasures !== undefined) {
        const { journals, skipDamaged, by } = settings.erasures;
        later = laterErasures(path.join(waiting, DATABASE), journals, skipDamaged);
        const head = { backup: found.name, of: manifest.startedAt, ...by };
        await writeText(files, path.join(waiting, RESTORED), restoredText(head, later.journal));
      }
      await requireAlone(files, dir);
    } catch (error) {
      await files.removeTree(waiting).catch(() => undefined);
      throw error;
    }
    await writeMoving(files, waiting);
    await moveIn(files, dir, waiting);
    const isGap = later.from > Date.parse(manifest.startedAt);
    return {
      ...{ manifest, backup: found.name, erasures: later.journal.lines.length, locked },
      ...{ unknownUntil: isGap ? later.from : null, skipped: later.skipped },
    };
  });
}

const NONE: LaterErasures = { journal: { store: '', from: 0, lines: [] }, from: 0, skipped: [] };

/** What was restored, and which backup it was. */
export interface Restored {
  readonly manifest: Manifest;
  readonly backup: string;
  /** How many erasures of since wait to be applied. */
  readonly erasures: number;
  /** What was erased before this moment, and after the backup, may be unknown: the journals were cut there. Null: all is known. */
  readonly unknownUntil: number | null;
  /** A sentence for each journal of erasures of which only a part could be read. */
  readonly skipped: readonly string[];
  /** Ids of keys of secrets (of webhooks, trackers, second factors) that are not there: everything else opens. */
  readonly locked: readonly string[];
}

/** A backup that can be restored, as far as what it says of itself tells. */
interface OpenedBackup {
  /** For people. */
  readonly name: string;
  readonly manifest: Manifest;
  /** Copies every file of it into a folder, each compared with its sum. */
  readonly fill: (waiting: string) => Promise<Manifest>;
}

async function openBackup(settings: RestoreSettings): Promise<OpenedBackup> {
  const { files, from, name, progress } = settings;
  if (typeof from !== 'string') return openBucketBackup(from, settings);
  if ((await files.stat(from))?.isFile() === true) {
    const place = (waiting: string) => (relative: string) => path.join(waiting, ...relative.split('/'));
    const begun = async (head: ArchiveHead) => Promise.resolve(requireKnown(head.manifest, from));
    return {
      name: from,
      manifest: await readArchiveManifest(files, from),
      // What is read must be read to its end all the same.
      fill: async (waiting) => {
        await removeUnnamed(files, waiting, new Set());
        return readArchive(files, from, { begun, place: place(waiting), progress });
      },
    };
  }
  const folder = await findBackup(files, from, name);
  const manifest = await readManifest(files, folder);
  requireKnown(manifest, folder);
  const sums = await readSums(files, folder, manifest);
  return {
    ...{ name: folder, manifest },
    fill: (waiting) =>
      fillWith(settings, { manifest, sums, where: folder, waiting }, async (relative) => {
        const parts = relative.split('/');
        const file = path.join(folder, ...parts);
        if ((await files.stat(file)) === null) return null;
        return copyFile(files, file, path.join(waiting, ...parts));
      }),
  };
}

async function openBucketBackup(bucket: Bucket, settings: RestoreSettings): Promise<OpenedBackup> {
  const { manifest, files: named, name } = await findBucketBackup(bucket, settings.name);
  const where = `${bucket.name}/backups/${name}`;
  requireKnown(manifest, where);
  const byPath = new Map(named.map((file) => [file.path, file]));
  const sums = new Map(named.map(({ path: relative, sha256 }) => [relative, sha256]));
  return {
    ...{ name: where, manifest },
    fill: (waiting) =>
      fillWith(settings, { manifest, sums, where, waiting }, async (relative) => {
        const file = byPath.get(relative);
        const to = path.join(waiting, ...relative.split('/'));
        const key = partKey(bucket, file?.sha256 ?? '');
        if ((await bucket.client.size(key)) === null) return null;
        return writeFile(settings.files, to, bucket.client.get(key), file?.mtimeMs ?? null);
      }),
  };
}

/**
 * Copies file by file, and compares. What a restore that was cut short has left there and is as it should be is not copied again. `copy` gives null
 * where the backup lacks the file.
 */
async function fillWith(
  { files, progress, keys }: RestoreSettings,
  {
    manifest,
    sums,
    where,
    waiting,
  }: {
    readonly manifest: Manifest;
    readonly sums: ReadonlyMap<string, string>;
    readonly where: string;
    readonly waiting: string;
  },
  copy: (relative: string) => Promise<{ readonly sha256: string } | null>,
): Promise<Manifest> {
  await removeUnnamed(files, waiting, new Set(sums.keys()));
  let done = 0;
  for (const [relative, sha256] of databaseFirst(sums)) {
    progress(done, sums.size);
    done += 1;
    if (await isThere(files, path.join(waiting, ...relative.split('/')), sha256)) continue;
    const copied = await copy(relative);
    if (copied === null) throw new Error(`${relative} of the backup ${where} is missing.`);
    if (copied.sha256 !== sha256)
      throw new Error(
        `${relative} of the backup ${where} is damaged: its bytes are not those that were written.`,
      );
    if (relative === DATABASE && keys !== undefined) putKeys(keys, waiting, where);
  }
  progress(done, sums.size);
  return manifest;
}

/** Whether it opens is known before the rest is copied. */
function databaseFirst(sums: ReadonlyMap<string, string>): readonly (readonly [string, string])[] {
  return [...sums].toSorted(([one], [other]) => Number(other === DATABASE) - Number(one === DATABASE));
}

/** Whether a file has these bytes, on stable storage; one that has others is removed. */
async function isThere(files: Files, file: string, sha256: string): Promise<boolean> {
  if ((await files.stat(file)) === null) return false;
  if ((await hashFile(files, file)).sha256 === sha256) {
    syncFiles.syncFile(file);
    return true;
  }
  await files.removeTree(file);
  return false;
}

/** Leaves only these files, and the lock. */
async function removeUnnamed(files: Files, waiting: string, named: ReadonlySet<string>): Promise<void> {
  const walk = async (relative: string): Promise<void> => {
    const target = path.join(waiting, ...relative.split('/'));
    if ((await files.stat(target))?.isDirectory() === true) {
      for (const name of await files.list(target)) await walk(`${relative}/${name}`);
    } else if (!named.has(relative)) await files.removeTree(target);
  };
  for (const name of await files.list(waiting)) if (name !== LOCK) await walk(name);
}

/** Has the keys lie beside the database that they open. Gives those of secrets that are missing; throws a sentence where the store does not open. */
function putKeys(keys: RestoreKeys, waiting: string, backup: string): readonly string[] {
  const { database, keys: file } = layoutOf(waiting);
  const connection = openDatabase(database, READ);
  try {
    requireOpening(connection, keys, backup);
    syncFiles.removeTree(file);
    if (keys.file !== null) syncFiles.writeSecret(file, keys.file, null);
    return lockedSecrets(connection, keys);
  } finally {
    connection.close();
  }
}

/** The database last: without it a server refuses to start on the files. */
async function moveIn(files: Files, dir: string, waiting: string): Promise<void> {
  for (const name of [...TOP_FOLDERS, KEYS, RESTORED, DATABASE]) {
    const from = path.join(waiting, name);
    if ((await files.stat(from)) === null) continue;
    await files.rename(from, path.join(dir, name));
  }
  await files.syncFolder(dir);
  await files.removeTree(waiting);
  await files.syncFolder(dir);
}

function requireKnown({ schema }: Manifest, backup: string): void {
  const knows = readMigrations().at(-1)?.number ?? 0;
  if (schema <= knows) return;
  throw new Error(
    `The backup ${backup} was made by a newer version of Mayday (its schema is ${schema}, this version knows ${knows}). Restore it with that version or a newer one.`,
  );
}

/** Says, before the first name changes, what will be moved: a restore that is killed after that is known by it. */
async function writeMoving(files: Files, waiting: string): Promise<void> {
  const names = (await files.list(waiting)).filter((name) => name !== LOCK);
  await writeText(files, path.join(waiting, MOVING), JSON.stringify(names));
  await files.syncFolder(waiting);
}

async function writeText(files: Files, file: string, text: string): Promise<void> {
  await files.removeTree(file);
  const out = await files.create(file);
  try {
    await out.write(Buffer.from(text));
    await out.sync();
  } finally {
    await out.close();
  }
}

/**
 * Throws a sentence where the folder has anything that is not of a restore that was cut short. What such a one had moved out already waits with the
 * rest again.
 */
async function takeUpHalf(files: Files, dir: string): Promise<void> {
  const waiting = path.join(dir, RESTORING);
  const waits = new Set(await files.list(waiting));
  const others = (await files.list(dir)).filter((name) => name !== RESTORING);
  const moved = waits.has(MOVING) ? namesIn(await readAll(files, path.join(waiting, MOVING))) : new Set();
  // The database goes last: where it waits no more the restore was done.
  const wasMoved = (name: string): boolean => waits.has(DATABASE) && moved.has(name) && !waits.has(name);
  if (!others.every(wasMoved))
    throw new Error(
      `The data folder ${dir} is not empty. Move it away first, for example to ${dir}.old: a restore overwrites nothing.`,
    );
  for (const name of others) await files.rename(path.join(dir, name), path.join(waiting, name));
}

function namesIn(text: string): ReadonlySet<unknown> {
  try {
    const names: unknown = JSON.parse(text);
    return new Set(Array.isArray(names) ? names : []);
  } catch {
    return new Set();
  }
}

/** Throws a sentence where anything came into the folder since the restore began. */
async function requireAlone(files: Files, dir: string): Promise<void> {
  const others = (await files.list(dir)).filter((name) => name !== RESTORING);
  if (others.length === 0) return;
  throw new Error(
    `While the backup was restored, ${others.slice(0, 5).join(', ')} came into the data folder ${dir} (was a server started?). It stays as it is, and nothing was restored.`,
  );
}
