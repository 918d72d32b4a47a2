// Every file operation of the embedded store outside SQLite: one small seam, so that a test can make any of them fail.
import {
  closeSync,
  constants,
  createReadStream,
  fchmodSync,
  fchownSync,
  fdatasyncSync,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  opendirSync,
  readFileSync,
  readSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
  statfsSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import type { Stats } from 'node:fs';
import fs from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { diskBytes } from './folder-layout.ts';
import { errorCode } from './storage-error.ts';

const fsyncLater = promisify(fsync);

/** The unit of `st_blocks`, whatever the file system. */
export const STAT_BLOCK_BYTES = 512;

/** A file that is being written, from its start to its end. */
export interface OutFile {
  /** Resolves when all bytes have been handed to the system; the chunk may be reused then. */
  write(chunk: Uint8Array): Promise<void>;
  /** The same for several, one after the other. */
  writeAll(chunks: readonly Uint8Array[]): Promise<void>;
  /** Resolves when the file's bytes are on stable storage, with the disk space that they take. */
  sync(): Promise<number>;
  close(): Promise<void>;
}

/** A file that is open for reading at any place. */
export interface InFile {
  /** Exactly so many bytes from `at` on; rejects where the file ends before. */
  read(at: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** What the store does with files. Every method rejects with the system's error (`code`: `ENOSPC`, `EIO`, `ENOENT`, …). */
export interface Files {
  /** Creates a folder and those above it; one that exists is fine. Gives whether it was created. */
  makeFolder(folder: string): Promise<boolean>;
  /** Creates a file that must not exist yet. */
  create(file: string): Promise<OutFile>;
  /** Opens a file for reading; rejects with `ENOENT` before any stream exists. */
  openRead(file: string, options?: { readonly highWaterMark?: number }): Promise<Readable>;
  /** Opens a file for reading at any place; rejects with `ENOENT` where there is none. */
  openAt(file: string): Promise<InFile>;
  rename(from: string, to: string): Promise<void>;
  /** Gives a file a second name, which must not exist yet, on the same file system (`EXDEV` elsewhere). */
  link(file: string, name: string): Promise<void>;
  /** Sets when a file was last changed, milliseconds since 1970. */
  setTime(file: string, mtimeMs: number): Promise<void>;
  /** The names in a folder, in no order; none where there is no such folder. */
  list(folder: string): Promise<readonly string[]>;
  /** Makes the names in a folder durable (created, renamed and removed entries). */
  syncFolder(folder: string): Promise<void>;
  /** Removes a file or folder with all that is in it; one that does not exist is fine. */
  removeTree(target: string): Promise<void>;
  stat(target: string): Promise<Stats | null>;
  /** Bytes that an unprivileged process may still write to the file system of a folder. */
  freeBytes(folder: string): Promise<number>;
}

/** The real file system. */
export const nodeFiles: Files = {
  async makeFolder(folder) {
    return (await fs.mkdir(folder, { recursive: true })) !== undefined;
  },
  async create(file) {
    const handle = await fs.open(file, 'wx', 0o640);
    const write = async (chunk: Uint8Array): Promise<void> => {
      let done = 0;
      while (done < chunk.length) {
        const { bytesWritten } = await handle.write(chunk, done, chunk.length - done);
        done += bytesWritten;
      }
    };
    return {
      write,
      async writeAll(chunks) {
        const total = chunks.reduce((sum, { length }) => sum + length, 0);
        const { bytesWritten } = await handle.writev(chunks);
        // A short write is rare and means that the disk is full, as the next one says.
        if (bytesWritten < total) await write(Buffer.concat(chunks).subarray(bytesWritten));
      },
      async sync() {
        await handle.datasync();
        // What is on the disk now needs no thread of the pool to be looked up: that takes many times as long.
        const { blocks, size } = fstatSync(handle.fd);
        // Some file systems count no blocks, or fewer than they will take.
        return Math.max(blocks * STAT_BLOCK_BYTES, diskBytes(size));
      },
      close: () => handle.close(),
    };
  },
  async openRead(file, { highWaterMark = 64 * 1024 } = {}) {
    const handle = await fs.open(file, 'r');
    return createReadStream('', { fd: handle, highWaterMark });
  },
  async openAt(file) {
    const handle = await fs.open(file, 'r');
    return {
      async read(at, length) {
        const buffer = Buffer.allocUnsafeSlow(length);
        for (let done = 0; done < length;) {
          const { bytesRead } = await handle.read(buffer, done, length - done, at + done);
          if (bytesRead === 0) throw new Error(`${file} ends before byte ${at + length}`);
          done += bytesRead;
        }
        return buffer;
      },
      close: () => handle.close(),
    };
  },
  rename: (from, to) => fs.rename(from, to),
  link: (file, name) => fs.link(file, name),
  setTime: (file, mtimeMs) => fs.utimes(file, mtimeMs / 1000, mtimeMs / 1000),
  async list(folder) {
    try {
      return await fs.readdir(folder);
    } catch (error) {
      if (/^(ENOENT|ENOTDIR)$/.test(errorCode(error))) return [];
      throw error;
    }
  },
  async syncFolder(folder) {
    // Opening and closing a folder is quick; only what waits for the disk is worth another thread.
    const handle = openSync(folder, 'r');
    try {
      await fsyncLater(handle);
    } finally {
      closeSync(handle);
    }
  },
  removeTree: (target) => fs.rm(target, { recursive: true, force: true }),
  async stat(target) {
    try {
      return await fs.stat(target);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return null;
      throw error;
    }
  },
  async freeBytes(folder) {
    const { bavail, bsize } = await fs.statfs(folder);
    return bavail * bsize;
  },
};

/** A file that is read at any place. */
export interface RandomFile {
  readonly size: number;
  /** Fewer bytes where the file ends before. */
  read(offset: number, length: number): Buffer;
  close(): void;
}

/** Whose a file is, and what they may do with it. */
export interface SecretOwner {
  readonly uid: number;
  readonly gid: number;
  /** The lower nine bits. */
  readonly mode: number;
}

/** What the writer thread does with files, one thing after the other. Every method throws the system's error. */
export interface SyncFiles {
  /** The names in a folder, in no order. */
  list(folder: string | URL): readonly string[];
  /** At most so many of the names in a folder, without reading the others; none where it is no folder. */
  firstNames(folder: string, max: number): readonly string[];
  /** The names of the folders in a folder. */
  listFolders(folder: string): readonly string[];
  readText(file: string | URL): string;
  readBytes(file: string): Buffer;
  /** Replaces the file's content and has it on stable storage. */
  writeText(file: string, text: string): void;
  /**
   * The same for a fresh file that nobody but this user may read (mode 0600), or the one to whom it is given. Throws `EPERM` where it cannot
   * be given away.
   */
  writeSecret(file: string, text: string, owner: SecretOwner | null): void;
  /** Gives a file a second name, unless there is one of that name. */
  linkUnlessThere(file: string, name: string): void;
  /** Opens a file for reading at any place. */
  openRandom(file: string): RandomFile;
  /** Writes at a place of a file, which is made where it is missing. */
  writeAt(file: string, at: number, bytes: Uint8Array): void;
  /** Makes the bytes of a file durable. */
  syncFile(file: string): void;
  /** Cuts a file off, and has that on stable storage. */
  truncate(file: string, size: number): void;
  /** Creates a folder and those above it; one that exists is fine. */
  makeFolder(folder: string): void;
  /** Makes the names in a folder durable. */
  syncFolder(folder: string): void;
  /** Bytes that an unprivileged process may still write to the file system of a folder. */
  freeBytes(folder: string): number;
  /** Null where there is nothing. */
  stat(target: string): Stats | null;
  rename(from: string, to: string): void;
  /** Removes a file or folder with all that is in it; one that does not exist is fine. */
  removeTree(target: string): void;
  /** Removes a folder that is empty; one that is not, or is gone, stays as it is. */
  removeEmptyFolder(folder: string): void;
}

/** The real file system, for the writer thread. */
export const syncFiles: SyncFiles = {
  list: (folder) => readdirSync(folder),
  firstNames(folder, max) {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
    const opened = opendirSync(folder);
    try {
      const names: string[] = [];
      while (names.length < max) {
        const entry = opened.readSync();
        if (entry === null) break;
        names.push(entry.name);
      }
      return names;
    } finally {
      opened.closeSync();
    }
  },
  listFolders: (folder) =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name),
  readText: (file) => readFileSync(file, 'utf8'),
  readBytes: (file) => readFileSync(file),
  writeText(file, text) {
    const handle = openSync(file, 'w', 0o640);
    try {
      writeFileSync(handle, text);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  },
  writeSecret(file, text, owner) {
    const handle = openSync(file, 'wx', 0o600);
    try {
      if (owner !== null) {
        const { uid, gid } = fstatSync(handle);
        // A group that may not read it is nobody's concern.
        const moves = owner.uid !== uid || (owner.gid !== gid && (owner.mode & 0o070) !== 0);
        if (moves) fchownSync(handle, owner.uid, owner.gid);
        fchmodSync(handle, owner.mode);
      }
      writeFileSync(handle, text);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  },
  linkUnlessThere(file, name) {
    try {
      linkSync(file, name);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  },
  openRandom(file) {
    const handle = openSync(file, 'r');
    return {
      size: fstatSync(handle).size,
      read(offset, length) {
        const bytes = Buffer.alloc(length);
        return bytes.subarray(0, readSync(handle, bytes, 0, length, offset));
      },
      close: () => closeSync(handle),
    };
  },
  writeAt(file, at, bytes) {
    const handle = openSync(file, constants.O_WRONLY | constants.O_CREAT, 0o640);
    try {
      for (let done = 0; done < bytes.length;)
        done += writeSync(handle, bytes, done, bytes.length - done, at + done);
    } finally {
      closeSync(handle);
    }
  },
  syncFile(file) {
    const handle = openSync(file, 'r+');
    try {
      fdatasyncSync(handle);
    } finally {
      closeSync(handle);
    }
  },
  truncate(file, size) {
    const handle = openSync(file, 'r+');
    try {
      ftruncateSync(handle, size);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  },
  makeFolder: (folder) => void mkdirSync(folder, { recursive: true }),
  freeBytes(folder) {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  },
  syncFolder(folder) {
    const handle = openSync(folder, 'r');
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  },
  stat: (target) => statSync(target, { throwIfNoEntry: false }) ?? null,
  rename: (from, to) => renameSync(from, to),
  removeTree: (target) => rmSync(target, { recursive: true, force: true }),
  removeEmptyFolder(folder) {
    try {
      rmdirSync(folder);
    } catch (error) {
      if (!/^(ENOTEMPTY|EEXIST|ENOENT)$/.test(errorCode(error))) throw error;
    }
  },
};
