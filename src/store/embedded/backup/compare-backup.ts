// Finds the backup that is meant, and compares what lies there with what it says of itself.
import path from 'node:path';
import type { Files } from '../disk/files.ts';
import { readArchive } from './backup-archive.ts';
import { SUMS, parseSums, readAll, readManifest, type Manifest } from './backup-format.ts';
import type { Bucket } from './bucket-format.ts';
import { hashFile } from './copy-file.ts';
import { listBackups } from './list-backups.ts';
import { compareParts, findBucketBackup } from './read-bucket-backup.ts';

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

/** The sums of a backup in a folder. Throws a sentence where they are not those that its manifest tells of. */
export async function readSums(
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
