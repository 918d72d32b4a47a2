// A backup that comes into being as a folder: what has not changed since the backup before is the same file under a second name.
import path from 'node:path';
import { syncFiles, type Files } from '../disk/files.ts';
import { errorCode } from '../disk/storage-error.ts';
import {
  BACKUP_FORMAT,
  DATABASE,
  MANIFEST,
  SUMS,
  TOP_FOLDERS,
  parseSums,
  readAll,
  sumsText,
} from './backup-format.ts';
import type { Manifest } from './backup-format.ts';
import { copyFile, hashFile } from './copy-file.ts';
import type { Destination, Gathered, Range, SourceFile } from './gather-store.ts';

/** The sums of the last backup, and its folder. */
export interface Previous {
  readonly folder: string;
  readonly sums: ReadonlyMap<string, string>;
}

/** Reads them; null: there is no backup before, or it is damaged, which is no reason to make none. */
export async function sumsOf(files: Files, target: string, name: string | null): Promise<Previous | null> {
  if (name === null) return null;
  const folder = path.join(target, name);
  try {
    return { folder, sums: parseSums(await readAll(files, path.join(folder, SUMS)), folder) };
  } catch {
    return null;
  }
}

/** What a manifest says beside what was written. Times are milliseconds since 1970. */
export interface Made extends Gathered {
  readonly mayday: string;
  readonly schema: number;
  readonly startedAt: number;
  readonly finishedAt: number;
}

interface Noted {
  readonly sha256: string;
  readonly bytes: number;
}

export class FolderDestination implements Destination {
  readonly #files: Files;
  readonly #folder: string;
  readonly #previous: Previous | null;
  readonly #link: boolean;
  readonly #noted = new Map<string, Noted>();
  #copied = 0;

  /** `folder`: of this backup; what is in it already was copied by one that was cut short. `link`: files of the store may get a second name. */
  constructor(settings: {
    readonly files: Files;
    readonly folder: string;
    readonly previous: Previous | null;
    readonly link: boolean;
  }) {
    this.#files = settings.files;
    this.#folder = settings.folder;
    this.#previous = settings.previous;
    this.#link = settings.link;
  }

  /** Bytes that were copied. */
  get copied(): number {
    return this.#copied;
  }

  held(relative: string): number | null {
    return this.#noted.get(relative)?.bytes ?? null;
  }

  async reuse(relative: string, { size, mtimeMs }: SourceFile): Promise<boolean> {
    const to = this.#pathOf(relative);
    const isSame = (other: { readonly size: number; readonly mtimeMs: number } | null): boolean =>
      other !== null && other.size === size && Math.abs(other.mtimeMs - mtimeMs) < 2;
    const there = await this.#files.stat(to);
    if (isSame(there)) {
      if (!this.#noted.has(relative)) this.#noted.set(relative, await hashFile(this.#files, to));
      return true;
    }
    const known = this.#previous?.sums.get(relative);
    if (there !== null || this.#previous === null || known === undefined) return false;
    const old = path.join(this.#previous.folder, ...relative.split('/'));
    if (!isSame(await this.#files.stat(old)) || !(await this.#linked(old, to))) return false;
    this.#noted.set(relative, { sha256: known, bytes: size });
    return true;
  }

  async take(relative: string, { from, bytes }: SourceFile, erased: () => readonly Range[]): Promise<void> {
    const to = this.#pathOf(relative);
    // A pack is appended to, and what was deleted from it is overwritten, so that it never gets a second name.
    if (this.#link && bytes === null) {
      await this.#files.removeTree(to);
      if (await this.#linked(from, to)) {
        this.#noted.set(relative, await hashFile(this.#files, to));
        return;
      }
    }
    const next = `${to}.next`;
    const copied = await copyFile(this.#files, from, next, bytes);
    const rescued = erased();
    await this.#rescue(rescued, to, next);
    this.#noted.set(relative, rescued.length === 0 ? copied : await hashFile(this.#files, next));
    await this.#files.rename(next, to);
    this.#copied += copied.bytes;
  }

  async keepOnly(named: ReadonlySet<string>): Promise<void> {
    const walk = async (relative: string): Promise<number> => {
      const target = this.#pathOf(relative);
      if ((await this.#files.stat(target))?.isDirectory() !== true) {
        if (named.has(relative)) return 1;
        await this.#files.removeTree(target);
        return 0;
      }
      let left = 0;
      for (const name of await this.#files.list(target)) left += await walk(`${relative}/${name}`);
      if (left === 0) await this.#files.removeTree(target);
      return left;
    };
    for (const name of await this.#files.list(this.#folder)) {
      if (TOP_FOLDERS.some((folder) => folder === name)) await walk(name);
      else if (name !== DATABASE) await this.#files.removeTree(path.join(this.#folder, name));
    }
    for (const relative of this.#noted.keys()) if (!named.has(relative)) this.#noted.delete(relative);
  }

  /** Writes what the backup says of itself, and has all of it on stable storage. */
  async finish({ startedAt, finishedAt, ...made }: Made): Promise<Manifest> {
    const database = await hashFile(this.#files, this.#pathOf(DATABASE));
    this.#noted.set(DATABASE, database);
    this.#copied += database.bytes;
    await this.#write(SUMS, sumsText(new Map([...this.#noted].map(([name, { sha256 }]) => [name, sha256]))));
    const manifest: Manifest = {
      format: BACKUP_FORMAT,
      mayday: made.mayday,
      schema: made.schema,
      startedAt: new Date(startedAt).toISOString(),
      finishedAt: new Date(finishedAt).toISOString(),
      reports: made.reports,
      files: this.#noted.size,
      bytes: [...this.#noted.values()].reduce((sum, { bytes }) => sum + bytes, 0),
      missing: made.missing,
      store: made.store,
      keys: made.keys,
    };
    await this.#write(MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`);
    await syncFolders(this.#files, this.#folder);
    return manifest;
  }

  #pathOf(relative: string): string {
    return path.join(this.#folder, ...relative.split('/'));
  }

  /** Puts parts of a file into a newer copy of it, which is not yet named. */
  async #rescue(ranges: readonly Range[], from: string, to: string): Promise<void> {
    if (ranges.length === 0) return;
    const held = await this.#files.openAt(from);
    try {
      for (const { at, bytes } of ranges) syncFiles.writeAt(to, at, await held.read(at, bytes));
    } finally {
      await held.close();
    }
    syncFiles.syncFile(to);
  }

  /** False where this file system, or this pair of them, has no second names. */
  async #linked(from: string, to: string): Promise<boolean> {
    await this.#files.makeFolder(path.dirname(to));
    try {
      await this.#files.link(from, to);
      return true;
    } catch (error) {
      if (/^(EXDEV|EPERM|EMLINK|ENOTSUP|EOPNOTSUPP|ENOSYS)$/.test(errorCode(error))) return false;
      throw error;
    }
  }

  async #write(name: string, text: string): Promise<void> {
    const out = await this.#files.create(path.join(this.#folder, name));
    try {
      await out.write(Buffer.from(text));
      await out.sync();
    } finally {
      await out.close();
    }
  }
}

/** Makes the names of all files durable. */
async function syncFolders(files: Files, folder: string): Promise<void> {
  for (const name of await files.list(folder)) {
    const below = path.join(folder, name);
    if ((await files.stat(below))?.isDirectory() === true) await syncFolders(files, below);
  }
  await files.syncFolder(folder);
}
