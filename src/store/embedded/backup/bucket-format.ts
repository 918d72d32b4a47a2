// What backups in a bucket look like, below a prefix:
//   backups/<name>/manifest.json       as in a folder, and the SHA-256 of the list; comes last, so that a backup without one was not finished
//   backups/<name>/files.jsonl.zst     a line for each file: where it lies, its SHA-256, bytes, time of its last change
//   parts/<ab>/<abc…>                  the contents by their SHA-256, each once, whichever backups have it
//   lock                               who works there
import { zstdCompress, zstdDecompress } from 'node:zlib';
import { promisify } from 'node:util';
import { buffer } from 'node:stream/consumers';
import { sha256Of, type S3Client } from '../../s3/s3-client.ts';
import { DATABASE, MANIFEST, isPathOfBackup, parseManifest, type Manifest } from './backup-format.ts';
import { isBackupName, startOf, type ListedBackup } from './list-backups.ts';

/** A list of a million files is some 200 MB. */
const MAX_LIST_BYTES = 1024 * 1024 * 1024;

/** A file of a backup in a bucket. */
export interface BucketFile {
  /** Relative to the data folder, with `/` between names. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Of its last change, milliseconds since 1970. */
  readonly mtimeMs: number;
}

/** A manifest in a bucket: also the SHA-256 of its list, as it was before it was compressed. */
export interface BucketManifest extends Manifest {
  readonly list: string;
}

/** A bucket, and the prefix below which backups lie: empty, or ending with `/`. */
export interface Bucket {
  readonly client: S3Client;
  readonly prefix: string;
  /** For people: `s3://bucket/prefix`. */
  readonly name: string;
}

/** Where the contents lie. */
export function partKey({ prefix }: Bucket, sha256: string): string {
  return `${prefix}parts/${sha256.slice(0, 2)}/${sha256}`;
}

export function manifestKey({ prefix }: Bucket, name: string): string {
  return `${prefix}backups/${name}/${MANIFEST}`;
}

export function listKey({ prefix }: Bucket, name: string): string {
  return `${prefix}backups/${name}/files.jsonl.zst`;
}

/** Bytes of every part that is there, by SHA-256. Throws `S3Error`. */
export async function listParts({ client, prefix }: Bucket): Promise<Map<string, number>> {
  const parts = new Map<string, number>();
  for await (const { objects } of client.list(`${prefix}parts/`)) {
    for (const { key, bytes } of objects) {
      const sha256 = /\/([0-9a-f]{64})$/.exec(key)?.[1];
      if (sha256 !== undefined) parts.set(sha256, bytes);
    }
  }
  return parts;
}

/** The names of all backups, finished or not, in order. Throws `S3Error`. */
export async function backupNames({ client, prefix }: Bucket): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { folders } of client.list(`${prefix}backups/`, '/')) names.push(...folders);
  return names.filter(isBackupName).sort();
}

/** The finished ones, oldest first. Throws `S3Error`. */
export async function listBucketBackups(bucket: Bucket): Promise<readonly ListedBackup[]> {
  const found: ListedBackup[] = [];
  for (const name of await backupNames(bucket)) {
    if ((await bucket.client.size(manifestKey(bucket, name))) !== null)
      found.push({ name, startedAt: startOf(name) });
  }
  return found;
}

/** What a backup says of itself, with its files. Throws a sentence, or `S3Error`. */
export async function readBucketBackup(
  bucket: Bucket,
  name: string,
): Promise<{ readonly manifest: Manifest; readonly files: readonly BucketFile[] }> {
  const where = `${bucket.name}/backups/${name}`;
  const text = await bucket.client.text(manifestKey(bucket, name));
  if (text === null)
    throw new Error(`${where} is no whole backup: it has no ${MANIFEST}, which is written last.`);
  const manifest = parseManifest(text, where);
  const packed = await buffer(bucket.client.get(listKey(bucket, name)));
  let list: Buffer;
  try {
    list = await promisify(zstdDecompress)(packed, { maxOutputLength: MAX_LIST_BYTES });
  } catch (error) {
    throw new Error(`${where} is no whole backup: its list of files is damaged.`, { cause: error });
  }
  if (sha256Of(list) !== (manifest as Partial<BucketManifest>).list)
    throw new Error(
      `${where} is no whole backup: its list of files is not the one that its ${MANIFEST} tells.`,
    );
  const files = list
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => fileOf(line, where));
  if (!files.some((file) => file.path === DATABASE) || files.length !== manifest.files)
    throw new Error(
      `${where} is no whole backup: its list names ${files.length} files, and it was made of ${manifest.files}.`,
    );
  return { manifest, files };
}

function fileOf(line: string, where: string): BucketFile {
  const { path, sha256, bytes, mtimeMs } = (JSON.parse(line) ?? {}) as Partial<
    Record<keyof BucketFile, unknown>
  >;
  if (
    typeof path !== 'string' ||
    !isPathOfBackup(path) ||
    typeof sha256 !== 'string' ||
    !/^[0-9a-f]{64}$/.test(sha256) ||
    typeof bytes !== 'number' ||
    typeof mtimeMs !== 'number'
  )
    throw new Error(`${where} has a line in its list that names no file of a backup: ${line.slice(0, 120)}`);
  return { path, sha256, bytes, mtimeMs };
}

/** The inverse: writes list and manifest, in this order, and gives the manifest. Throws `S3Error`. */
export async function writeBucketBackup(
  bucket: Bucket,
  name: string,
  {
    files,
    ...made
  }: Omit<BucketManifest, 'files' | 'bytes' | 'list'> & { readonly files: readonly BucketFile[] },
): Promise<BucketManifest> {
  const sorted = files.toSorted((one, other) => (one.path < other.path ? -1 : 1));
  const list = Buffer.from(sorted.map((file) => `${JSON.stringify(file)}\n`).join(''));
  const packed = await promisify(zstdCompress)(list);
  const part = async (at: number, length: number): Promise<Uint8Array> =>
    Promise.resolve(packed.subarray(at, at + length));
  await bucket.client.putLarge(listKey(bucket, name), packed.length, part);
  const manifest: BucketManifest = {
    ...made,
    files: files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    list: sha256Of(list),
  };
  await bucket.client.put(manifestKey(bucket, name), Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
  return manifest;
}
