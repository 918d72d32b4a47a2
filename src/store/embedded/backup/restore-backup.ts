// Puts a backup where a data folder is to be. Every file is compared with its sum on the way; the database comes last, so that no server starts
// on half of it, and a restore that was cut short begins again.
import path from 'node:path';
import { readMigrations } from '../database/migrate.ts';
import type { Files } from '../disk/files.ts';
import { DATABASE, SUMS, TOP_FOLDERS, parseSums, readAll, readManifest } from './backup-format.ts';
import type { Manifest } from './backup-format.ts';
import { readArchive } from './backup-archive.ts';
import { copyFile, hashFile } from './copy-file.ts';
import { listBackups } from './list-backups.ts';

/** Where files wait until all of them are there; as long as it exists, what lies beside it is half a restore. */
const RESTORING = 'restoring';

/** What is restored, and where to. */
export interface RestoreSettings {
  readonly files: Files;
  /** A backup, a folder of backups, or an archive. */
  readonly from: string;
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

/** Compares every file of a backup with its sum. Gives what is wrong, a sentence each; none: it is whole. */
export async function compareSums(
  files: Files,
  backup: string,
  progress: (done: number, total: number) => void,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  if ((await files.stat(backup))?.isFile() === true) {
    const { missing } = await readArchive(files, backup, {
      begun: async () => Promise.resolve(),
      place: () => null,
      progress,
    });
    return missing.map(lostBefore);
  }
  const manifest = await readManifest(files, backup);
  wrong.push(...manifest.missing.map(lostBefore));
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

function lostBefore(relative: string): string {
  return `${relative} had been lost before the backup was made.`;
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

/** Restores. Throws a sentence or the system's error; the data folder is then as it was: empty. */
export async function restoreBackup(settings: RestoreSettings): Promise<Restored> {
  const { files, from, dir, progress } = settings;
  const waiting = path.join(dir, RESTORING);
  const isArchive = (await files.stat(from))?.isFile() === true;
  // What is no backup at all is said before anything is looked at or made.
  const found = isArchive ? null : await openBackup(settings);
  await requireEmpty(files, dir);
  try {
    const manifest =
      found === null
        ? await readArchive(files, from, {
            begun: async (head) => Promise.resolve(requireKnown(head.manifest, from)),
            place: (name) => path.join(waiting, ...name.split('/')),
            progress,
          })
        : await copyBackup(settings, found, waiting);
    await moveIn(files, dir, waiting);
    return { manifest, backup: found?.folder ?? from };
  } catch (error) {
    await clean(files, dir).catch(() => undefined);
    throw error;
  }
}

/** What was restored, and which backup it was. */
export interface Restored {
  readonly manifest: Manifest;
  readonly backup: string;
}

interface OpenedBackup {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly sums: ReadonlyMap<string, string>;
}

async function openBackup({ files, from, name }: RestoreSettings): Promise<OpenedBackup> {
  const folder = await findBackup(files, from, name);
  const manifest = await readManifest(files, folder);
  requireKnown(manifest, folder);
  return { folder, manifest, sums: await readSums(files, folder, manifest) };
}

async function copyBackup(
  { files, progress }: RestoreSettings,
  { folder, manifest, sums }: OpenedBackup,
  waiting: string,
): Promise<Manifest> {
  let done = 0;
  for (const [relative, sha256] of sums) {
    progress(done, sums.size);
    done += 1;
    const parts = relative.split('/');
    const copied = await copyFile(files, path.join(folder, ...parts), path.join(waiting, ...parts));
    if (copied.sha256 !== sha256)
      throw new Error(`${relative} of the backup ${folder} is damaged: its bytes are not those of ${SUMS}.`);
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

async function requireEmpty(files: Files, dir: string): Promise<void> {
  await files.makeFolder(dir);
  const names = await files.list(dir);
  // As long as a restore is under way its database waits; what lies beside an empty folder of this name is somebody's.
  const waits = (await files.stat(path.join(dir, RESTORING, DATABASE))) !== null;
  const isHalf = names.includes(RESTORING) && (names.length === 1 || waits);
  if (isHalf && !names.includes(DATABASE)) {
    await clean(files, dir);
    return;
  }
  if (names.length === 0) return;
  throw new Error(
    `The data folder ${dir} is not empty. Move it away first, for example to ${dir}.old: a restore overwrites nothing.`,
  );
}

/** Back to an empty folder: only ever called for one that was empty when the restore began. */
async function clean(files: Files, dir: string): Promise<void> {
  for (const name of [...TOP_FOLDERS, DATABASE, RESTORING]) await files.removeTree(path.join(dir, name));
}
