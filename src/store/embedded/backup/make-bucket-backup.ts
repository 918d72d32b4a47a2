// Makes a backup into a bucket. What the store holds already lies there by its SHA-256 is not put again, whichever backup, finished or cut short, has
// put it; the database, which is copied whole, is one of these files.
import path from 'node:path';
import { holdLock } from '../database/folder-lock.ts';
import { appliedNumber } from '../database/migrate.ts';
import { openDatabase } from '../database/open-database.ts';
import type { Connection } from '../database/query.ts';
import { layoutOf } from '../disk/folder-layout.ts';
import { storeIdOf } from '../journal/journal-rows.ts';
import { BACKUP_FORMAT, DATABASE } from './backup-format.ts';
import { BucketDestination } from './bucket-destination.ts';
import {
  backupNames,
  listBucketBackups,
  listKey,
  listParts,
  manifestKey,
  partKey,
  readBucketBackup,
  writeBucketBackup,
  type Bucket,
  type BucketFile,
} from './bucket-format.ts';
import { BucketLock } from './bucket-lock.ts';
import { explainRoom } from './explain-room.ts';
import { READ, gatherStore } from './gather-store.ts';
import { journalFaultOf, putJournalIn, requireBroughtUp } from './later-erasures.ts';
import { nameAfter, nameAhead, type ListedBackup } from './list-backups.ts';
import { requireSchema, type BackupSettings, type MadeBackup } from './make-backup.ts';

/** In the data folder: a copy of the database and of one pack, as long as a backup is made. */
const SCRATCH = 'backup-scratch';

/** As for a folder of backups, with a bucket in its place. */
export type BucketBackupSettings = Omit<BackupSettings, 'target' | 'link'> & { readonly bucket: Bucket };

/** Makes a backup. Throws a sentence, the system's error or `S3Error`; then there is none, and what was put is used by the next one. */
export function makeBucketBackup(settings: BucketBackupSettings): Promise<MadeBackup> {
  return explainRoom(
    settings.dir,
    'a backup into a bucket needs some for a copy of the database; there is no new backup.',
    () => makeLocked(settings),
  );
}

async function makeLocked(settings: BucketBackupSettings): Promise<MadeBackup> {
  const { files, dir, bucket, now } = settings;
  requireBroughtUp(dir);
  const connection = openDatabase(layoutOf(dir).database, READ);
  try {
    requireSchema(connection);
    const scratch = path.join(dir, SCRATCH);
    await files.makeFolder(scratch);
    return await holdLock(path.join(scratch, 'lock'), async () => {
      try {
        const owner = storeIdOf(connection);
        return await BucketLock.hold(bucket, { owner, now }, (lock) =>
          make(settings, { connection, scratch, lock }),
        );
      } finally {
        await files.removeTree(scratch);
      }
    });
  } finally {
    connection.close();
  }
}

async function make(
  { files, dir, bucket, now, version, keep, full, progress }: BucketBackupSettings,
  {
    connection,
    scratch,
    lock,
  }: { readonly connection: Connection; readonly scratch: string; readonly lock: BucketLock },
): Promise<MadeBackup> {
  const startedAt = now();
  await bucket.client.abortUploads(`${bucket.prefix}parts/`);
  const finished = await listBucketBackups(bucket);
  const newest = finished.at(-1) ?? null;
  const destination = new BucketDestination({
    files,
    bucket,
    scratch,
    previous: full || newest === null ? [] : await filesOf(bucket, newest.name),
    // What lies there may be damaged, however unlikely that is: all of it is put again then.
    parts: full ? new Map<string, number>() : await listParts(bucket),
    alive: () => lock.renew(),
  });
  const database = path.join(scratch, DATABASE);
  const gathered = await gatherStore({ files, dir, connection, database, progress }, destination);
  const stat = await files.stat(database);
  const copy = {
    path: DATABASE,
    mtimeMs: Math.round(stat?.mtimeMs ?? 0),
    ...(await destination.put(database)),
  };
  const noted: readonly BucketFile[] = [...destination.noted, copy];
  await lock.require();
  await requireParts(bucket, noted);
  const name = nameAfter(await backupNames(bucket), startedAt);
  const manifest = await writeBucketBackup(bucket, name, {
    format: BACKUP_FORMAT,
    mayday: version,
    schema: appliedNumber(connection),
    startedAt: new Date(startedAt).toISOString(),
    finishedAt: new Date(now()).toISOString(),
    ...gathered,
    files: noted,
  });
  const journalFault = await journalFaultOf(() => putJournalIn(bucket, connection));
  // Where this one lacks files, an older one may be the last that has them.
  const removed =
    keep === null || manifest.missing.length > 0
      ? []
      : await removeOld(bucket, { keep, lock, made: { name, files: noted }, before: finished });
  const ahead = nameAhead(newest, startedAt);
  return { name, manifest, copied: destination.copied, removed, ahead, journalFault };
}

/** A backup before that is damaged is no reason to make none. */
async function filesOf(bucket: Bucket, name: string): Promise<readonly BucketFile[]> {
  try {
    return (await readBucketBackup(bucket, name)).files;
  } catch {
    return [];
  }
}

/** Somebody may have tidied up meanwhile. */
async function requireParts(bucket: Bucket, files: readonly BucketFile[]): Promise<void> {
  const there = await listParts(bucket);
  const lost = files.find(({ sha256, bytes }) => there.get(sha256) !== bytes);
  if (lost !== undefined)
    throw new Error(
      `${bucket.name} does not have ${lost.path}, although it was put there: somebody removes what this backup is made of. It was not finished.`,
    );
}

/** What is known of the backups without asking for a list, which may lag behind what was put. */
interface Removal {
  readonly keep: number;
  readonly lock: BucketLock;
  /** The one that was just made: it stays, with all that it names. */
  readonly made: { readonly name: string; readonly files: readonly BucketFile[] };
  /** Those that were finished when it was begun. */
  readonly before: readonly ListedBackup[];
}

/** First the backups, then the contents that no backup names any more. Gives the names of those that are gone now. */
async function removeOld(bucket: Bucket, { keep, lock, made, before }: Removal): Promise<readonly string[]> {
  const { client } = bucket;
  await lock.require();
  const others = (await listBucketBackups(bucket))
    .map(({ name }) => name)
    .filter((name) => name !== made.name);
  for (const { name } of before)
    if (!others.includes(name) && (await client.size(manifestKey(bucket, name))) !== null) others.push(name);
  others.sort();
  const old = others.slice(0, Math.max(0, others.length - Math.max(0, keep - 1)));
  const kept = others.slice(old.length);
  // Without its manifest it is no backup any more: a removal that is cut short leaves none that looks whole.
  for (const name of old) {
    await client.delete(manifestKey(bucket, name));
    await client.delete(listKey(bucket, name));
  }
  for (const name of await backupNames(bucket))
    if (name !== made.name && name < (kept[0] ?? made.name)) await client.delete(listKey(bucket, name));
  const named = new Set(made.files.map(({ sha256 }) => sha256));
  // Where the list of one that stays cannot be read, nobody knows what it needs.
  for (const name of kept)
    for (const { sha256 } of (await readBucketBackup(bucket, name)).files) named.add(sha256);
  for (const sha256 of (await listParts(bucket)).keys()) {
    if (named.has(sha256)) continue;
    await lock.renew();
    await client.delete(partKey(bucket, sha256));
  }
  return old;
}
