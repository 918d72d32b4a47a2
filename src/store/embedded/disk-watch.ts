// Whether more may be taken: the free space of the file system, what the writer thread says of the limit, and how much waits.
import type { Admission } from '../intake.ts';
import { StorageError } from '../intake.ts';
import type { Metrics } from '../../base/metrics.ts';
import type { Files } from './disk/files.ts';
import type { DiskState } from './thread/protocol.ts';

const INTERVAL_MS = 1000;
/** The store is measured for the metrics at every such look. */
const MEASURE_EVERY = 5;
const MEBIBYTE = 1024 * 1024;

/** What is watched, and the limits. */
export interface DiskWatchOptions {
  readonly dir: string;
  readonly maxBytes: number;
  readonly minFreeBytes: number;
  readonly files: Pick<Files, 'freeBytes'>;
  readonly metrics: Metrics;
  /** Brings the metrics of the store up to date and gives the number of reports that wait for processing. */
  readonly measure: () => number;
  /** From so many waiting reports on the queue is short; 0 or absent: never. */
  readonly longQueue?: number;
}

export class DiskWatch {
  readonly #options: DiskWatchOptions;
  readonly #timer: NodeJS.Timeout;
  #looks = 0;
  #freeBytes = Number.POSITIVE_INFINITY;
  #full: string | null = null;
  #short = false;
  #waiting = 0;

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

  admission(): Admission {
    const { minFreeBytes, longQueue = 0 } = this.#options;
    if (this.#freeBytes < minFreeBytes) {
      const free = Math.floor(this.#freeBytes / MEBIBYTE);
      const least = Math.ceil(minFreeBytes / MEBIBYTE);
      return {
        full: true,
        reason: `The disk has ${free} MiB free; ${least} MiB are to stay free.`,
        short: true,
      };
    }
    return {
      full: this.#full !== null,
      reason: this.#full,
      short: this.#short || (longQueue > 0 && this.#waiting >= longQueue),
    };
  }

  /** What the writer thread says of the limit. */
  hear(disk: DiskState): void {
    this.#full = disk.full;
    this.#short = disk.short;
  }

  /** After a write failed: looks again at once where space was the reason. */
  failed(error: unknown): void {
    if (error instanceof StorageError && error.reason === 'full') void this.#look();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const { files, dir, metrics, measure } = this.#options;
    try {
      if (this.#looks % MEASURE_EVERY === 0) this.#waiting = measure();
      this.#looks += 1;
      this.#freeBytes = await files.freeBytes(dir);
      metrics.diskFreeBytes.set(this.#freeBytes);
    } catch {
      // What cannot be told now is asked again; commits tell when the disk is really full.
    }
  }
}
