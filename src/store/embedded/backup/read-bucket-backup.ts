// Finds a backup in a bucket, and compares what lies there with what it says of itself.
import { createHash } from 'node:crypto';
import { S3Error } from '../../s3/s3-error.ts';
import type { Manifest } from './backup-format.ts';
import {
  listBucketBackups,
  partKey,
  readBucketBackup,
  type Bucket,
  type BucketFile,
} from './bucket-format.ts';

/** A finished backup, with its files. */
export interface FoundBucketBackup {
  readonly name: string;
  readonly manifest: Manifest;
  readonly files: readonly BucketFile[];
}

/** The backup that is meant; `name` null: the newest. Throws a sentence, or `S3Error`. */
export async function findBucketBackup(bucket: Bucket, name: string | null): Promise<FoundBucketBackup> {
  const all = (await listBucketBackups(bucket)).map((each) => each.name);
  const wanted = name ?? all.at(-1);
  if (wanted === undefined) throw new Error(`${bucket.name} has no finished backup.`);
  if (!all.includes(wanted))
    throw new Error(`${bucket.name} has no finished backup ${wanted}. It has ${all.join(', ') || 'none'}.`);
  return { name: wanted, ...(await readBucketBackup(bucket, wanted)) };
}

/** Reads every content once and compares it with its sum. Gives the paths that are wrong, with what is wrong. Throws `S3Error` where nothing can be read. */
export async function compareParts(
  bucket: Bucket,
  files: readonly BucketFile[],
  progress: (done: number, total: number) => void,
): Promise<ReadonlyMap<string, 'missing' | 'damaged'>> {
  const wrong = new Map<string, 'missing' | 'damaged'>();
  const bySum = Map.groupBy(files, ({ sha256 }) => sha256);
  let done = 0;
  for (const [sha256, same] of bySum) {
    progress(done, bySum.size);
    done += 1;
    const what = await lookAt(bucket, sha256);
    if (what !== null) for (const { path } of same) wrong.set(path, what);
  }
  progress(done, done);
  return wrong;
}

async function lookAt(bucket: Bucket, sha256: string): Promise<'missing' | 'damaged' | null> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of bucket.client.get(partKey(bucket, sha256))) hash.update(chunk);
  } catch (error) {
    if (error instanceof S3Error && error.status === 404) return 'missing';
    throw error;
  }
  return hash.digest('hex') === sha256 ? null : 'damaged';
}
