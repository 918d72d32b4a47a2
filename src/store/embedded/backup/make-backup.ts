// Makes a backup of a store that may be in use: all files first, then the database of one moment, then what came between. Each backup is a folder
// of its own that stands for itself; what has not changed since the last one is the same file under a second name, so that it costs no space.
import path from 'node:path';
import { openDatabase } from '../database/open-database.ts';
import { appliedNumber, readMigrations } from '../database/migrate.ts';
import { inSnapshot } from '../database/snapshot.ts';
import { query, type Connection } from '../database/query.ts';
import type { Files } from '../disk/files.ts';
import { layoutOf } from '../disk/folder-layout.ts';
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
import { copyDatabase } from './copy-database.ts';
import { copyFile, hashFile } from './copy-file.ts';
import { holdLock } from '../database/folder-lock.ts';
import { namedFiles, type NamedFile } from './named-files.ts';
import { listBackups } from './list-backups.ts';

const READ = { readonly: true, cacheBytes: 16 * 1024 * 1024, walBytes: 1024 * 1024 } as const;
/** Where a backup comes into being; one that was cut short is gone on with. */
const UNFINISHED = 'unfinished';
/** So often files may vanish between the moment of the database and their copy, because their reports were deleted, before that is given up. */
const MAX_ROUNDS = 5;

/** What is copied, and when it was begun, milliseconds since 1970. */
export interface BackupSettings {
  readonly files: Files;
  /** The data folder. */
  readonly dir: string;
  /** The folder of backups. */
  readonly target: string;
  readonly now: () => number;
  /** The version of Mayday. */
  readonly version: string;
  /** Finished backups that stay, this one among them; null: all. */
  readonly keep: number | null;
  /** Files on the same file system get a second name and are not copied: faster and smaller, but damage of the disk hits both. */
  readonly link: boolean;
  readonly progress: (what: string, done: number, total: number) => void;
}

/** A backup that was made. */
export interface MadeBackup {
  /** Its name in the folder of backups. */
  readonly name: string;
  readonly manifest: Manifest;
  /** Bytes that were copied for it; the rest it shares with the backup before. */
  readonly copied: number;
  /** Names of older backups that were removed. */
  readonly removed: readonly string[];
}

/** Makes a backup. Throws a sentence or the system's error; then there is none, and what was copied is used by the next one. */
export async function makeBackup(settings: BackupSettings): Promise<MadeBackup> {
  const { files, dir, target, now, keep } = settings;
  requireApart(dir, target);
  await files.makeFolder(target);
  return holdLock(path.join(target, 'lock'), async () => {
    const startedAt = now();
    const connection = openDatabase(layoutOf(dir).database, READ);
    try {
      requireSchema(connection);
      const previous = (await listBackups(files, target)).at(-1)?.name ?? null;
      const folder = path.join(target, UNFINISHED);
      await files.makeFolder(folder);
      const copy = new Copy(settings, folder, await sumsOf(files, target, previous));
      const manifest = await copy.fill(connection, startedAt);
      const name = nameOf(startedAt);
      await files.rename(folder, path.join(target, name));
      await files.syncFolder(target);
      // Where this one lacks files, an older one may be the last that has them.
      const removed =
        keep === null || manifest.missing.length > 0 ? [] : await removeOld(files, target, keep);
      return { name, manifest, copied: copy.copied, removed };
    } finally {
      connection.close();
    }
  });
}

/** `20261130T142337Z`: ISO 8601's basic form, which sorts, and is a name on every file system. */
function nameOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

/** The sums of the last backup, and its folder. */
interface Previous {
  readonly folder: string;
  readonly sums: ReadonlyMap<string, string>;
}

async function sumsOf(files: Files, target: string, name: string | null): Promise<Previous | null> {
  if (name === null) return null;
  const folder = path.join(target, name);
  try {
    return { folder, sums: parseSums(await readAll(files, path.join(folder, SUMS)), folder) };
  } catch {
    // A backup that is damaged is no reason to make none.
    return null;
  }
}

class Copy {
  readonly #settings: BackupSettings;
  readonly #folder: string;
  readonly #previous: Previous | null;
  readonly #sums = new Map<string, string>();
  readonly #sizes = new Map<string, number>();
  #copied = 0;

  constructor(settings: BackupSettings, folder: string, previous: Previous | null) {
    this.#settings = settings;
    this.#folder = folder;
    this.#previous = previous;
  }

  get copied(): number {
    return this.#copied;
  }

  async fill(connection: Connection, startedAt: number): Promise<Manifest> {
    const { files, now, version, progress } = this.#settings;
    // Most of what the database will name; then little can vanish between its moment and the copy.
    await this.#copyAll(inSnapshot(connection, () => [...namedFiles(connection)]));
    const database = path.join(this.#folder, DATABASE);
    let missing: readonly string[] = [];
    for (let round = 1; ; round += 1) {
      await copyDatabase(files, connection, database, (done, total) => progress('database', done, total));
      const named = this.#inCopy(database, (copy) => [...namedFiles(copy)]);
      missing = await this.#copyAll(named);
      if (missing.length === 0 || round === MAX_ROUNDS || this.#areLost(connection, missing)) {
        await this.#removeOthers(new Set(named.map((file) => file.path)));
        break;
      }
    }
    const { sha256, bytes } = await hashFile(files, database);
    this.#sums.set(DATABASE, sha256);
    this.#sizes.set(DATABASE, bytes);
    this.#copied += bytes;
    await this.#write(SUMS, sumsText(this.#sums));
    const manifest: Manifest = {
      format: BACKUP_FORMAT,
      mayday: version,
      schema: appliedNumber(connection),
      startedAt: new Date(startedAt).toISOString(),
      finishedAt: new Date(now()).toISOString(),
      reports: this.#inCopy(database, (copy) => countReports(copy).pluck().get() ?? 0),
      files: this.#sums.size,
      bytes: [...this.#sizes.values()].reduce((sum, size) => sum + size, 0),
      missing,
    };
    await this.#write(MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`);
    await syncFolders(files, this.#folder);
    return manifest;
  }

  /** Gives the paths that are not there. */
  async #copyAll(named: readonly NamedFile[]): Promise<readonly string[]> {
    const missing: string[] = [];
    for (const [index, file] of named.entries()) {
      this.#settings.progress('files', index, named.length);
      if (!(await this.#copyOne(file)) && !file.derived) missing.push(file.path);
    }
    this.#settings.progress('files', named.length, named.length);
    return missing;
  }

  /** False: there is no such file. */
  async #copyOne({ path: relative, bytes }: NamedFile): Promise<boolean> {
    const { files, dir, link } = this.#settings;
    const from = path.join(dir, ...relative.split('/'));
    const to = path.join(this.#folder, ...relative.split('/'));
    const stat = await files.stat(from);
    if (stat === null) return this.#sums.has(relative) && bytes === null;
    const size = bytes ?? stat.size;
    const isSame = (other: { readonly size: number; readonly mtimeMs: number } | null): boolean =>
      other !== null && other.size === size && Math.abs(other.mtimeMs - stat.mtimeMs) < 2;
    const there = await files.stat(to);
    if (isSame(there)) {
      if (!this.#sums.has(relative)) this.#note(relative, await hashFile(files, to));
      return true;
    }
    if (there !== null) await files.removeTree(to);
    const known = this.#previous?.sums.get(relative);
    if (this.#previous !== null && known !== undefined) {
      const old = path.join(this.#previous.folder, ...relative.split('/'));
      if (isSame(await files.stat(old)) && (await this.#linked(old, to))) {
        this.#note(relative, { sha256: known, bytes: size });
        return true;
      }
    }
    // A pack is appended to, and what was deleted from it is overwritten.
    if (link && bytes === null && (await this.#linked(from, to))) {
      this.#note(relative, await hashFile(files, to));
      return true;
    }
    try {
      const copied = await copyFile(files, from, to, bytes);
      this.#note(relative, copied);
      this.#copied += copied.bytes;
      return true;
    } catch (error) {
      if (errorCode(error) === 'ENOENT' && (await files.stat(from)) === null) return false;
      throw error;
    }
  }

  #note(relative: string, { sha256, bytes }: { readonly sha256: string; readonly bytes: number }): void {
    this.#sums.set(relative, sha256);
    this.#sizes.set(relative, bytes);
  }

  /** False where this file system, or this pair of them, has no second names. */
  async #linked(from: string, to: string): Promise<boolean> {
    const { files } = this.#settings;
    await files.makeFolder(path.dirname(to));
    try {
      await files.link(from, to);
      return true;
    } catch (error) {
      if (/^(EXDEV|EPERM|EMLINK|ENOTSUP|EOPNOTSUPP|ENOSYS)$/.test(errorCode(error))) return false;
      throw error;
    }
  }

  /** Whether the store itself still names all of these: then it has lost them, and no other moment of it has them. */
  #areLost(connection: Connection, missing: readonly string[]): boolean {
    const named = new Set(inSnapshot(connection, () => [...namedFiles(connection)]).map((file) => file.path));
    return missing.every((each) => named.has(each));
  }

  /** What a report that was deleted meanwhile, or a backup that was cut short, has left. */
  async #removeOthers(named: ReadonlySet<string>): Promise<void> {
    const { files } = this.#settings;
    const walk = async (relative: string): Promise<number> => {
      const target = path.join(this.#folder, ...relative.split('/'));
      if ((await files.stat(target))?.isDirectory() !== true) {
        if (named.has(relative)) return 1;
        await files.removeTree(target);
        return 0;
      }
      let left = 0;
      for (const name of await files.list(target)) left += await walk(`${relative}/${name}`);
      if (left === 0) await files.removeTree(target);
      return left;
    };
    for (const name of await files.list(this.#folder)) {
      if (TOP_FOLDERS.some((folder) => folder === name)) await walk(name);
      else if (name !== DATABASE) await files.removeTree(path.join(this.#folder, name));
    }
    for (const relative of this.#sums.keys()) {
      if (!named.has(relative)) this.#forget(relative);
    }
  }

  #forget(relative: string): void {
    this.#sums.delete(relative);
    this.#sizes.delete(relative);
  }

  #inCopy<T>(database: string, read: (copy: Connection) => T): T {
    const copy = openDatabase(database, READ);
    try {
      return read(copy);
    } finally {
      copy.close();
    }
  }

  async #write(name: string, text: string): Promise<void> {
    const { files } = this.#settings;
    const out = await files.create(path.join(this.#folder, name));
    try {
      await out.write(Buffer.from(text));
      await out.sync();
    } finally {
      await out.close();
    }
  }
}

const countReports = query<[], number>(`SELECT count(*) FROM reports`);

/** A backup inside of what it backs up would hold itself, and the other way round the store would be swept away with an old backup. */
function requireApart(dir: string, target: string): void {
  const [store, backups] = [path.resolve(dir), path.resolve(target)];
  const isBelow = (inner: string, outer: string): boolean =>
    inner === outer || inner.startsWith(outer + path.sep);
  if (isBelow(backups, store) || isBelow(store, backups))
    throw new Error(`The folder of backups ${backups} and the data folder ${store} must lie apart.`);
}

function requireSchema(connection: Connection): void {
  const [has, knows] = [appliedNumber(connection), readMigrations().at(-1)?.number ?? 0];
  if (has === knows) return;
  throw new Error(
    has < knows
      ? `The database is that of an older version of Mayday (its schema is ${has}, this version has ${knows}). Back it up with that version, or start a server of this one first.`
      : `The database was made by a newer version of Mayday (its schema is ${has}, this version knows ${knows}). Back it up with that version or a newer one.`,
  );
}

/** Makes the names of all files durable. */
async function syncFolders(files: Files, folder: string): Promise<void> {
  for (const name of await files.list(folder)) {
    const below = path.join(folder, name);
    if ((await files.stat(below))?.isDirectory() === true) await syncFolders(files, below);
  }
  await files.syncFolder(folder);
}

async function removeOld(files: Files, target: string, keep: number): Promise<readonly string[]> {
  const old = (await listBackups(files, target)).slice(0, -Math.max(1, keep));
  for (const { name } of old) {
    // Without its manifest it is no backup any more: a removal that is cut short leaves none that looks whole.
    await files.removeTree(path.join(target, name, MANIFEST));
    await files.removeTree(path.join(target, name));
  }
  return old.map(({ name }) => name);
}
