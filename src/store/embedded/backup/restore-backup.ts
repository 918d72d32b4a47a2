// Puts a backup where a data folder is to be. Every file is compared with its sum on the way; the database comes last, so that no server starts
// on half of it, and a restore that was cut short begins again.
import path from 'node:path';
import { readMigrations } from '../database/migrate.ts';
import type { Files } from '../disk/files.ts';
import { DATABASE, SUMS, TOP_FOLDERS, parseSums, readAll, readManifest } from './backup-format.ts';
import type { Manifest } from './backup-format.ts';
import { readArchive, type ArchiveHead } from './backup-archive.ts';
import { holdLock } from '../database/folder-lock.ts';
import { RESTORING } from '../disk/folder-layout.ts';
import { partKey, type Bucket } from './bucket-format.ts';
import { compareParts, findBucketBackup } from './read-bucket-backup.ts';
import { explainRoom } from './explain-room.ts';
import { copyFile, hashFile, writeFile } from './copy-file.ts';
import { listBackups } from './list-backups.ts';

/** In it: held by the restore that works there. */
const LOCK = 'lock';

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
}

/** The folder of the backup that is meant. Throws a sentence. */
export async function findBackup(files: Files, from: string, name: string | null): Promise<string> {
  const stat = await files.stat(from);
  if (stat === null) throw new Error(`There is no ${from}.`);
  if (!stat.isDirectory()) throw new Error(`${from} is neither a backup nor a folder of backups.`);
  const all = await listBackups(files, from);
  if (name !== null) {
    if (all.some((each) => each.name === name)) return path.join(from, name);
    throw new Error(
      `${from} has no finished backup ${name}. It has ${all.map((each) => each.name).join(', ') || 'none'}.`,
    );
  }
  const newest = all.at(-1);
  return newest === undefined ? from : path.join(from, newest.name);
}

/** Compares every file of a backup with its sum. Gives what is wrong, a sentence each; none: it is whole. `backup`: a folder, or an archive. */
export async function compareSums(
  files: Files,
  backup: string,
  progress: (done: number, total: number) => void,
): Promise<readonly string[]> {
  if ((await files.stat(backup))?.isFile() === true) {
    const { missing } = await readArchive(files, backup, {
      begun: async () => Promise.resolve(),
      place: () => null,
      progress,
    });
    return missing.map(lostBefore);
  }
  const manifest = await readManifest(files, backup);
  const wrong = manifest.missing.map(lostBefore);
  const sums = await readSums(files, backup, manifest);
  let done = 0;
  for (const [name, sha256] of sums) {
    progress(done, sums.size);
    done += 1;
    const file = path.join(backup, ...name.split('/'));
    if ((await files.stat(file))?.isFile() !== true) wrong.push(`${name} is missing.`);
    else if ((await hashFile(files, file)).sha256 !== sha256) wrong.push(`${name} is damaged.`);
  }
  progress(done, sums.size);
  return wrong;
}

/** The sentence for a file that the store had lost. */
function lostBefore(relative: string): string {
  return `${relative} had been lost before the backup was made.`;
}

/** As `compareSums`, for a backup in a bucket; also tells which one it is. `name` null: the newest. Throws a sentence, or `S3Error`. */
export async function compareBucketBackup(
  bucket: Bucket,
  name: string | null,
  progress: (done: number, total: number) => void,
): Promise<{ readonly where: string; readonly wrong: readonly string[] }> {
  const found = await findBucketBackup(bucket, name);
  const wrong = await compareParts(bucket, found.files, progress);
  return {
    where: `${bucket.name}/backups/${found.name}`,
    wrong: [
      ...found.manifest.missing.map(lostBefore),
      ...[...wrong].map(([relative, what]) => `${relative} is ${what}.`),
    ],
  };
}

async function readSums(
  files: Files,
  backup: string,
  manifest: Manifest,
): Promise<ReadonlyMap<string, string>> {
  const sums = parseSums(await readAll(files, path.join(backup, SUMS)), backup);
  if (sums.size === manifest.files) return sums;
  throw new Error(
    `${backup} is no whole backup: its ${SUMS} names ${sums.size} files, and it was made of ${manifest.files}.`,
  );
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
  const waiting = path.join(dir, RESTORING);
  // From here on no server starts in this folder; one that started before has left something in it.
  const isNew = await files.makeFolder(waiting);
  const lock = path.join(waiting, LOCK);
  return holdLock(lock, async () => {
    try {
      await requireEmpty(files, dir);
    } catch (error) {
      await files.removeTree(isNew ? waiting : lock);
      throw error;
    }
    let manifest: Manifest;
    try {
      manifest = await found.fill(waiting);
      await requireAlone(files, dir);
    } catch (error) {
      await files.removeTree(waiting).catch(() => undefined);
      throw error;
    }
    await moveIn(files, dir, waiting);
    return { manifest, backup: found.name };
  });
}

/** What was restored, and which backup it was. */
export interface Restored {
  readonly manifest: Manifest;
  readonly backup: string;
}

/** A backup that can be restored, as far as what it says of itself tells. */
interface OpenedBackup {
  /** For people. */
  readonly name: string;
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
      fill: (waiting) => readArchive(files, from, { begun, place: place(waiting), progress }),
    };
  }
  const folder = await findBackup(files, from, name);
  const manifest = await readManifest(files, folder);
  requireKnown(manifest, folder);
  const sums = await readSums(files, folder, manifest);
  return {
    name: folder,
    fill: (waiting) =>
      fillWith(settings, { manifest, sums, where: folder }, async (relative) => {
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
    name: where,
    fill: (waiting) =>
      fillWith(settings, { manifest, sums, where }, async (relative) => {
        const file = byPath.get(relative);
        const to = path.join(waiting, ...relative.split('/'));
        const key = partKey(bucket, file?.sha256 ?? '');
        if ((await bucket.client.size(key)) === null) return null;
        return writeFile(settings.files, to, bucket.client.get(key), file?.mtimeMs ?? null);
      }),
  };
}

/** Copies file by file, and compares. `copy` gives null where the backup lacks the file. */
async function fillWith(
  { progress }: RestoreSettings,
  {
    manifest,
    sums,
    where,
  }: { readonly manifest: Manifest; readonly sums: ReadonlyMap<string, string>; readonly where: string },
  copy: (relative: string) => Promise<{ readonly sha256: string } | null>,
): Promise<Manifest> {
  let done = 0;
  for (const [relative, sha256] of sums) {
    progress(done, sums.size);
    done += 1;
    const copied = await copy(relative);
    if (copied === null) throw new Error(`${relative} of the backup ${where} is missing.`);
    if (copied.sha256 !== sha256)
      throw new Error(
        `${relative} of the backup ${where} is damaged: its bytes are not those that were written.`,
      );
  }
  progress(done, sums.size);
  return manifest;
}

/** The database last: without it a server refuses to start on the files. */
async function moveIn(files: Files, dir: string, waiting: string): Promise<void> {
  for (const name of [...TOP_FOLDERS, DATABASE]) {
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

/** Leaves only the folder of what waits, and only its lock in it. Throws a sentence where there is anything that is not of half a restore. */
async function requireEmpty(files: Files, dir: string): Promise<void> {
  const waiting = path.join(dir, RESTORING);
  const waits = new Set(await files.list(waiting));
  const others = (await files.list(dir)).filter((name) => name !== RESTORING);
  // A restore that was cut short while its folders were moved: its database, which goes last, still waits, and what was moved waits no more.
  const wasMoved = (name: string): boolean =>
    waits.has(DATABASE) && TOP_FOLDERS.some((folder) => folder === name) && !waits.has(name);
  if (!others.every(wasMoved))
    throw new Error(
      `The data folder ${dir} is not empty. Move it away first, for example to ${dir}.old: a restore overwrites nothing.`,
    );
  for (const name of others) await files.removeTree(path.join(dir, name));
  for (const name of waits) if (name !== LOCK) await files.removeTree(path.join(waiting, name));
}

/** Throws a sentence where anything came into the folder since the restore began. */
async function requireAlone(files: Files, dir: string): Promise<void> {
  const others = (await files.list(dir)).filter((name) => name !== RESTORING);
  if (others.length === 0) return;
  throw new Error(
    `While the backup was restored, ${others.slice(0, 5).join(', ')} came into the data folder ${dir} (was a server started?). It stays as it is, and nothing was restored.`,
  );
}
