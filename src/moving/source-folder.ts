// A folder that something is moved from. It is not trusted: links are not followed, nothing outside of it is opened, and nothing but
// plain files; names, depth and number of entries are bounded.
import { constants } from 'node:fs';
import { lstat, open, opendir, realpath, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { END_OF_TIMES } from './record-fields.ts';

/** Entries of all folders together, and folders in folders, that are looked at. */
const MAX_ENTRIES = 10_000_000;
const MAX_DEPTH = 16;
/** A file that is read whole: metadata, never a dump. */
export const MAX_SMALL_BYTES = 32 * 1024 * 1024;

/** Why the whole source cannot be had, a sentence for people. */
export class SourceRefused extends Error {}

/** A file that cannot be had. `why` is the rest of a sentence. */
export class FileRefused extends Error {
  readonly code: 'not_a_file' | 'unreadable' | 'too_large' | 'missing_file';

  constructor(code: FileRefused['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

export interface FoundFile {
  /** Relative to the folder, with `/`. */
  readonly name: string;
  readonly isLink: boolean;
}

/** One opened file. */
export interface SourceFile {
  readonly bytes: number;
  /** Milliseconds since 1970: when its content was last written, as far as that is a time (`isTime`). */
  readonly modifiedAt: number;
  readonly handle: FileHandle;
}

export class SourceFolder {
  readonly #real: string;
  /** As it was named. */
  readonly dir: string;

  private constructor(dir: string, real: string) {
    this.dir = dir;
    this.#real = real;
  }

  /** The folder itself may be behind a link: its owner named it. */
  static async open(dir: string): Promise<SourceFolder> {
    return new SourceFolder(dir, await realpath(dir));
  }

  /** Names in one folder of it, sorted; none where it is not there, or is no folder. */
  async names(relative = ''): Promise<readonly string[]> {
    if (!(await this.#isInside(relative))) return [];
    try {
      const names: string[] = [];
      for await (const { name } of await opendir(this.#full(relative))) {
        names.push(name);
        if (names.length > MAX_ENTRIES) throw new SourceRefused(`${this.dir} holds too many files`);
      }
      return names.sort();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return [];
      throw error;
    }
  }

  /** Every file below, folder by folder; links are told and not followed. */
  async *files(relative = ''): AsyncGenerator<FoundFile> {
    let seen = 0;
    const walk = async function* (this: SourceFolder, at: string, depth: number): AsyncGenerator<FoundFile> {
      if (depth > MAX_DEPTH) throw new SourceRefused(`${this.dir} holds folders in folders without end`);
      const folders: string[] = [];
      const files: FoundFile[] = [];
      for await (const entry of await opendir(this.#full(at))) {
        if ((seen += 1) > MAX_ENTRIES) throw new SourceRefused(`${this.dir} holds too many files`);
        const name = at === '' ? entry.name : `${at}/${entry.name}`;
        if (entry.isDirectory()) folders.push(name);
        else files.push({ name, isLink: !entry.isFile() });
      }
      yield* files.sort((a, b) => (a.name < b.name ? -1 : 1));
      for (const folder of folders.sort()) yield* walk.call(this, folder, depth + 1);
    };
    if (await this.#isInside(relative)) yield* walk.call(this, relative, 0);
  }

  /** Opens a file, to be closed by the caller. Throws `FileRefused`. */
  async open(relative: string): Promise<SourceFile> {
    if (!(await this.#isInside(path.posix.dirname(relative))))
      throw new FileRefused('missing_file', `${relative} is not there`);
    let handle: FileHandle;
    try {
      // A pipe that nobody writes to would hold the opening for ever.
      handle = await open(
        this.#full(relative),
        constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
      );
    } catch (error) {
      throw refusalOf(relative, error);
    }
    try {
      const found = await handle.stat();
      if (!found.isFile()) throw new FileRefused('not_a_file', `${relative} is no file`);
      return { bytes: found.size, modifiedAt: timeOf(found.mtimeMs), handle };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** A small file as a whole. Throws `FileRefused`. */
  async read(
    relative: string,
    maxBytes = MAX_SMALL_BYTES,
  ): Promise<{ readonly bytes: Buffer; readonly modifiedAt: number }> {
    const { bytes, modifiedAt, handle } = await this.open(relative);
    try {
      if (bytes > maxBytes)
        throw new FileRefused('too_large', `${relative} is larger than ${maxBytes} bytes`);
      return { bytes: await handle.readFile(), modifiedAt };
    } catch (error) {
      throw error instanceof FileRefused ? error : refusalOf(relative, error);
    } finally {
      await handle.close();
    }
  }

  /** Whether a file or folder of this name is there, whatever it is. */
  async has(relative: string): Promise<boolean> {
    if (!isPlainName(path.posix.basename(relative)) || !(await this.#isInside(folderOf(relative))))
      return false;
    try {
      await lstat(this.#full(relative));
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return false;
      throw error;
    }
  }

  #full(relative: string): string {
    return path.join(this.#real, ...relative.split('/'));
  }

  /** Whether a folder of it is really in it: its name may lead out, and a link may stand on the way. */
  async #isInside(relative: string): Promise<boolean> {
    if (relative === '' || relative === '.') return true;
    if (!relative.split('/').every(isPlainName)) return false;
    try {
      return (await realpath(this.#full(relative))) === this.#full(relative);
    } catch {
      return false;
    }
  }
}

/** Whether it names something in a folder, and leads nowhere else. */
function isPlainName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('\0');
}

/** File systems know times that no report can have arrived at. */
function timeOf(modifiedAt: number): number {
  return Math.min(Math.max(0, Math.floor(modifiedAt)), END_OF_TIMES - 1);
}

function folderOf(relative: string): string {
  const folder = path.posix.dirname(relative);
  return folder === '.' ? '' : folder;
}

function refusalOf(relative: string, error: unknown): FileRefused {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new FileRefused('missing_file', `${relative} is not there`);
  if (code === 'ELOOP' || code === 'EMLINK') return new FileRefused('not_a_file', `${relative} is a link`);
  return new FileRefused('unreadable', `${relative} cannot be read (${code ?? String(error)})`, error);
}
