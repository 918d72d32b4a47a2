// Whether more may be taken: the free space of the file system, and what the writer thread says of the limit.
import type { Admission } from '../intake.ts';
import { StorageError } from '../intake.ts';
import type { Metrics } from '../../base/metrics.ts';
import type { Files } from './files.ts';
import type { DiskState } from './thread/protocol.ts';

const INTERVAL_MS = 1000;
const MEBIBYTE = 1024 * 1024;

/** What is watched, and the limits. */
export interface DiskWatchOptions {
  readonly dir: string;
  readonly maxBytes: number;
  readonly minFreeBytes: number;
  readonly files: Pick<Files, 'freeBytes'>;
  readonly metrics: Metrics;
}

export class DiskWatch {
  readonly #options: DiskWatchOptions;
  readonly #timer: NodeJS.Timeout;
  #freeBytes = Number.POSITIVE_INFINITY;
  #disk: DiskState = { usedBytes: 0, full: null };

  private constructor(options: DiskWatchOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#look(), INTERVAL_MS).unref();
    options.metrics.storeLimitBytes.set(options.maxBytes);
  }

  /** Looks once, then every second. */
  static async start(options: DiskWatchOptions): Promise<DiskWatch> {
    const watch = new DiskWatch(options);
    await watch.#look();
    return watch;
  }

  get freeBytes(): number {
    return this.#freeBytes;
  }

  get usedBytes(): number {
    return this.#disk.usedBytes;
  }

  admission(): Admission {
    const { minFreeBytes } = this.#options;
    if (this.#freeBytes < minFreeBytes) {
      const free = Math.floor(this.#freeBytes / MEBIBYTE);
      const least = Math.ceil(minFreeBytes / MEBIBYTE);
      return { full: true, reason: `The disk has ${free} MiB free; ${least} MiB are to stay free.` };
    }
    return { full: this.#disk.full !== null, reason: this.#disk.full };
  }

  /** What the writer thread measured. */
  hear(disk: DiskState): void {
    this.#disk = disk;
    this.#options.metrics.storeUsedBytes.set(disk.usedBytes);
  }

  /** After a write failed: looks again at once where space was the reason. */
  failed(error: unknown): void {
    if (error instanceof StorageError && error.reason === 'full') void this.#look();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const { files, dir, metrics } = this.#options;
    try {
      this.#freeBytes = await files.freeBytes(dir);
      metrics.diskFreeBytes.set(this.#freeBytes);
    } catch {
      // A file system that cannot tell its free space is asked again; commits tell when it is really full.
    }
  }
}
