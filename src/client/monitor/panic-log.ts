// One panic log while it is written: `panic-<timestamp>.log`, and beside it `….log.writing`, which names its writer.
//
//   (nothing) ── first line ──▶ writing (both files) ── finish ──▶ finished (the log alone)
//                                                    └─ discard ─▶ (nothing)
//
// Every line is in the file, out of this process, before the next one is looked at: kill -9 takes nothing that was there.
// A `.writing` file whose writer is gone marks a log to complete; log-folder.ts does that at the next start.
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { thisOwner } from './process-alive.ts';

/** A server takes 1 MiB (docs/protocols/syncthing.md); some room is left for the last lines. */
export const MAX_LOG_BYTES = 1000 * 1024;
const ROOM_FOR_LAST_LINES = 8 * 1024;
const MAX_SAME_SECOND = 1000;

/** What a log is called once it has been reported. */
export function reportedPath(logPath: string): string {
  return logPath.replace(/\.log$/, '.reported.log');
}

/** The file that says who is writing a log. */
export function markPath(logPath: string): string {
  return `${logPath}.writing`;
}

export class PanicLog {
  readonly path: string;
  readonly #file: number;
  #header: string;
  #size = 0;
  #full = false;

  private constructor(logPath: string, file: number, header: string) {
    this.path = logPath;
    this.#file = file;
    this.#header = header;
  }

  /**
   * Makes the files in `dir`, which is created too. `header` is everything before the trace; it is written together with
   * the trace's first line. Throws where the folder cannot be written.
   */
  static create(dir: string, atMs: number, header: string): PanicLog {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const stamp = new Date(atMs).toISOString().replace(/\..*/, '').replaceAll(/[-:]/g, '').replace('T', '-');
    for (let number = 1; number < MAX_SAME_SECOND; number += 1) {
      const name = `panic-${stamp}${number === 1 ? '' : `-${number}`}.log`;
      const logPath = path.join(dir, name);
      try {
        writeFileSync(markPath(logPath), JSON.stringify(thisOwner()), { flag: 'wx', mode: 0o600 });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
        throw error;
      }
      try {
        // Another monitor may have written, reported and renamed a log of this name within the same second.
        if (existsSync(reportedPath(logPath))) {
          rmSync(markPath(logPath), { force: true });
          continue;
        }
        return new PanicLog(logPath, openSync(logPath, 'wx+', 0o600), header);
      } catch (error) {
        rmSync(markPath(logPath), { force: true });
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
    throw new Error(`${dir} has ${MAX_SAME_SECOND} logs of the same second`);
  }

  /** Adds a line of the trace with its line end. What passes `MAX_LOG_BYTES` is left out, and a line says so. */
  line(line: Buffer): void {
    if (this.#full) return;
    const text = this.#size === 0 ? Buffer.concat([Buffer.from(this.#header), line]) : line;
    if (this.#size + text.length > MAX_LOG_BYTES - ROOM_FOR_LAST_LINES) {
      this.#full = true;
      this.#append(
        Buffer.from(`[the rest is left out: the log has reached its limit of ${MAX_LOG_BYTES} bytes]\n`),
      );
      return;
    }
    this.#append(text);
  }

  /** The trace so far, without the lines before it. */
  trace(): string {
    const bytes = Buffer.alloc(this.#size);
    const read = this.#size === 0 ? 0 : readSync(this.#file, bytes, 0, this.#size, 0);
    return bytes.toString('utf8', Math.min(read, Buffer.byteLength(this.#header)), read);
  }

  /** Forgets the trace so far; the next line begins another one. */
  restart(header: string): void {
    ftruncateSync(this.#file, 0);
    this.#header = header;
    this.#size = 0;
    this.#full = false;
  }

  /** Makes the log durable under its name; `last` are lines to add, without line ends. */
  finish(last: readonly string[] = []): void {
    if (last.length > 0) {
      const text = last.map((line) => `${line}\n`).join('');
      this.#append(Buffer.from((this.#size === 0 ? this.#header : '') + text));
    }
    fsyncSync(this.#file);
    closeSync(this.#file);
    syncFolder(path.dirname(this.path));
    rmSync(markPath(this.path), { force: true });
  }

  /** It was no crash. */
  discard(): void {
    closeSync(this.#file);
    rmSync(this.path, { force: true });
    rmSync(markPath(this.path), { force: true });
  }

  /** Against power loss, for a log that may stay open: what is written so far reaches the disk. */
  sync(): void {
    fsyncSync(this.#file);
    syncFolder(path.dirname(this.path));
  }

  #append(bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) {
      at += writeSync(this.#file, bytes, at, bytes.length - at, this.#size + at);
    }
    this.#size += bytes.length;
  }
}

/** Makes new and removed names of a folder durable; a system that cannot (Windows) does it in its own time. */
export function syncFolder(dir: string): void {
  let folder: number;
  try {
    folder = openSync(dir, 'r');
  } catch {
    return;
  }
  try {
    fsyncSync(folder);
  } catch {
    // Not every file system lets a folder be synchronised.
  } finally {
    closeSync(folder);
  }
}
