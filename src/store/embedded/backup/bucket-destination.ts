// A backup that comes into being in a bucket: contents by their SHA-256, each put once. What the store keeps under one name for good is read straight
// from there; a pack, which changes, is copied into a folder beside first, one at a time.
import { createHash } from 'node:crypto';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { syncFiles, type Files } from '../disk/files.ts';
import { partKey, type Bucket, type BucketFile } from './bucket-format.ts';
import { copyFile, hashFile, type CopiedFile } from './copy-file.ts';
import type { Destination, Range, SourceFile } from './gather-store.ts';

/** A file is not what it was when its sum was taken. */
class Changed extends Error {}
/** So often a file may change while it is put, before that is given up. */
const MAX_ATTEMPTS = 3;

export class BucketDestination implements Destination {
  readonly #files: Files;
  readonly #bucket: Bucket;
  readonly #scratch: string;
  readonly #previous: ReadonlyMap<string, BucketFile>;
  readonly #parts: Map<string, number>;
  readonly #alive: () => Promise<void>;
  readonly #noted = new Map<string, BucketFile>();
  #copied = 0;

  /** `scratch`: a folder for one pack; `previous`: the files of the backup before; `parts`: what is in the bucket; `alive` is called before each file. */
  constructor(settings: {
    readonly files: Files;
    readonly bucket: Bucket;
    readonly scratch: string;
    readonly previous: readonly BucketFile[];
    readonly parts: Map<string, number>;
    readonly alive: () => Promise<void>;
  }) {
    this.#files = settings.files;
    this.#bucket = settings.bucket;
    this.#scratch = settings.scratch;
    this.#previous = new Map(settings.previous.map((file) => [file.path, file]));
    this.#parts = settings.parts;
    this.#alive = settings.alive;
  }

  /** Bytes that were put. */
  get copied(): number {
    return this.#copied;
  }

  /** Of this backup, as far as it has come. */
  get noted(): readonly BucketFile[] {
    return [...this.#noted.values()];
  }

  held(relative: string): number | null {
    return this.#noted.get(relative)?.bytes ?? null;
  }

  async reuse(relative: string, { size, mtimeMs }: SourceFile): Promise<boolean> {
    await this.#alive();
    const known = this.#noted.get(relative) ?? this.#previous.get(relative);
    if (known === undefined || known.bytes !== size || Math.abs(known.mtimeMs - mtimeMs) >= 2) return false;
    if (this.#parts.get(known.sha256) !== size) return false;
    this.#noted.set(relative, known);
    return true;
  }

  async take(
    relative: string,
    { from, bytes, mtimeMs }: SourceFile,
    erased: () => readonly Range[],
  ): Promise<void> {
    if (bytes === null) {
      this.#noted.set(relative, { path: relative, mtimeMs, ...(await this.put(from)) });
      return;
    }
    const copy = path.join(this.#scratch, 'pack');
    await copyFile(this.#files, from, copy, bytes);
    const held = this.#noted.get(relative);
    for (const { at, bytes: length } of held === undefined ? [] : erased()) {
      const part = this.#bucket.client.get(partKey(this.#bucket, held?.sha256 ?? ''), { at, length });
      syncFiles.writeAt(copy, at, await buffer(part));
    }
    if (held === undefined) erased();
    this.#noted.set(relative, { path: relative, mtimeMs, ...(await this.put(copy)) });
    await this.#files.removeTree(copy);
  }

  async keepOnly(named: ReadonlySet<string>): Promise<void> {
    for (const relative of this.#noted.keys()) if (!named.has(relative)) this.#noted.delete(relative);
    return Promise.resolve();
  }

  /** Has the content of a file in the bucket. Throws the system's error, or `S3Error`. */
  async put(file: string): Promise<CopiedFile> {
    for (let attempt = 1; ; attempt += 1) {
      const known = await hashFile(this.#files, file);
      if (this.#parts.get(known.sha256) === known.bytes) return known;
      if (await this.#putKnown(file, known)) {
        this.#parts.set(known.sha256, known.bytes);
        this.#copied += known.bytes;
        return known;
      }
      if (attempt === MAX_ATTEMPTS) throw new Error(`${file} changes while it is read, again and again.`);
    }
  }

  /** False: what was read is not what is known of it, and nothing was put. */
  async #putKnown(file: string, { sha256, bytes }: CopiedFile): Promise<boolean> {
    const key = partKey(this.#bucket, sha256);
    const source = await this.#files.openAt(file);
    const again = createHash('sha256');
    try {
      await this.#bucket.client.putLarge(
        key,
        bytes,
        async (at, length) => {
          const read = await source.read(at, length);
          again.update(read);
          return read;
        },
        () => {
          if (again.digest('hex') !== sha256) throw new Changed();
        },
      );
      return true;
    } catch (error) {
      if (error instanceof Changed) return false;
      throw error;
    } finally {
      await source.close();
    }
  }
}
