// Temporary files of uploads: in a folder of their own, with an eye on the free space, gone when they are done with.
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { SymbolsRefused } from './symbols-refused.ts';

/** Age at which a file is surely nobody's any more: no upload lasts as long. */
const STALE_MS = 24 * 3_600_000;

/** A folder for files on their way into the store. Processes may share it. */
export class Scratch {
  private readonly dir: string;
  private readonly minFreeBytes: number;

  constructor({ dir, minFreeBytes }: { readonly dir: string; readonly minFreeBytes: number }) {
    this.dir = dir;
    this.minFreeBytes = minFreeBytes;
  }

  /** A path at which nothing is yet; the folder is there. */
  async newFile(): Promise<string> {
    await mkdir(this.dir, { recursive: true });
    return path.join(this.dir, randomUUID());
  }

  /** The path of a file that others find by its name. */
  async namedFile(name: string): Promise<string> {
    await mkdir(this.dir, { recursive: true });
    return path.join(this.dir, name);
  }

  /** Runs `work` with a path for a file, which is removed afterwards. */
  async withFile<T>(work: (file: string) => Promise<T>): Promise<T> {
    const file = await this.newFile();
    try {
      return await work(file);
    } finally {
      await rm(file, { force: true });
    }
  }

  /** Gives a file another name, so that whoever removes it under the old one leaves it alone. */
  async keep(file: string): Promise<string> {
    const kept = await this.newFile();
    await rename(file, kept);
    return kept;
  }

  async remove(file: string): Promise<void> {
    await rm(file, { force: true });
  }

  /** Rejects with `no_space` where `bytes` more would leave less than the limit free. */
  async checkSpace(bytes: number): Promise<void> {
    await mkdir(this.dir, { recursive: true });
    const { bavail, bsize } = await statfs(this.dir);
    if (bavail * bsize - bytes < this.minFreeBytes) throw new SymbolsRefused('no_space');
  }

  /** Removes what a process left that was killed in the middle of an upload. */
  async sweep(now: number): Promise<void> {
    for (const name of await readdir(this.dir).catch(() => [])) {
      const file = path.join(this.dir, name);
      const found = await stat(file).catch(() => null);
      if (found !== null && now - found.mtimeMs > STALE_MS) await rm(file, { force: true });
    }
  }
}
