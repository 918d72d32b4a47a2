// Keeps everything stored below the limit: before a batch is committed, the oldest reports make room for it.
import { foldLogNow } from '../database/fold-log.ts';
import { query } from '../database/query.ts';
import { statements } from '../database/statements.ts';
import { BLOCK_BYTES } from '../disk/folder-layout.ts';
import { errorCode } from '../disk/storage-error.ts';
import { PackCompactor, emptiestPack, packToCompact } from './compact-packs.ts';
import type { Candidate } from './compact-packs.ts';
import { diskUsage, foldersBytes } from './disk-usage.ts';
import type { DiskUsage } from './disk-usage.ts';
import type { Writer } from './in-transaction.ts';
import { packBytes } from './pack-rows.ts';
import { pruneFairly } from './prune-reports.ts';
import type { PruneStep } from './prune-reports.ts';
import { pendingRemovalBytes, workOffRemovals } from './removals.ts';

const MEBIBYTE = 1024 * 1024;
/** While there is plenty of room, the disk is measured so often; in between, what is written is counted. */
const MEASURED_MS = 250;
const PLENTY_BYTES = 64 * MEBIBYTE;
/** Folders above the reports are measured at most so often; they grow by a block now and then. */
const FOLDERS_AGE_MS = 500;
/** An empty database with its folders and its log. */
const EMPTY_STORE_BYTES = 512 * 1024;
/** Rows share pages, and pages are never quite full. */
const PAGE_SLACK = 1.3;
/** Space is short from a sixteenth of the limit on. */
const SHORT_PART = 16;
const VACUUM_PAGES = 512;
/** So many packs are a good part of the store. */
const MANY_PACKS = 8;

const checkpoint = query<[], unknown>(`PRAGMA wal_checkpoint(TRUNCATE)`);

/** About how much a write adds, in bytes. */
export interface Growth {
  /** To the database. */
  readonly rows: number;
  /** In files that already lie in their final place. */
  readonly files: number;
}

/** Limits, and who hears of pruned reports. */
export interface RoomSettings {
  readonly maxBytes: number;
  /** The write-ahead log grows to about this; so much is always held free for it. */
  readonly walBytes: number;
  /** How large a pack becomes. */
  readonly packBytes: number;
  /** Nothing younger than this is pruned for want of space. */
  readonly pruneGraceMs: number;
  /** Reports of a case of a bug that stay while others can go. */
  readonly keepOfCase: number;
  readonly pruned: (step: PruneStep) => void;
  /** Hears, in a sentence, of files that cannot be removed. */
  readonly trouble: (sentence: string) => void;
}

export class Room {
  readonly #settings: RoomSettings;
  readonly #compactor: PackCompactor;
  #folders = 0;
  #foldersAt = Number.NEGATIVE_INFINITY;
  #full: string | null = null;
  #measuredAt = Number.NEGATIVE_INFINITY;
  /** What was left below the limit at the last measurement, and what was written since. */
  #left = Number.MAX_SAFE_INTEGER;
  #written = 0;
  #pruned = { reports: 0, bytes: 0 };
  /** Bytes of removals that the system refused when pruning was given up for that; 0: it was not. */
  #stuckBytes = 0;

  constructor(settings: RoomSettings) {
    this.#settings = settings;
    this.#compactor = new PackCompactor(settings.packBytes);
  }

  /** What was pruned by size since the start. */
  get prunedSoFar(): { readonly reports: number; readonly bytes: number } {
    return this.#pruned;
  }

  /** Whether something is a good part of the whole store. */
  isLarge(growth: Growth): boolean {
    return growth.files > this.#settings.maxBytes / SHORT_PART;
  }

  /** Whether something fits below the limit as it is, without anything being pruned. */
  fits(writer: Writer, growth: Growth): boolean {
    return this.#needed(writer, growth) <= this.#settings.maxBytes;
  }

  /** Whether a write could not be kept even by an otherwise empty store. */
  tooLarge({ rows, files }: Growth): boolean {
    const { maxBytes, walBytes } = this.#settings;
    return rows * PAGE_SLACK + files > maxBytes - 2 * walBytes - EMPTY_STORE_BYTES;
  }

  /**
   * Prunes until what is to be written fits below the limit. Null: there is room; else why not, in a sentence.
   * Some room more than needed is made, so that not every batch has to prune.
   */
  async make(writer: Writer, growth: Growth): Promise<string | null> {
    if (this.#hasPlenty(growth)) return null;
    const { maxBytes } = this.#settings;
    const spare = this.#spare(writer);
    if (this.#needed(writer, growth) > maxBytes) {
      await this.#prune(writer, growth, maxBytes - spare);
      await this.#vacuum(writer, growth, maxBytes - spare / 2);
    }
    const fits = this.#needed(writer, growth, 'after vacuum') <= maxBytes;
    this.#left = maxBytes - this.#needed(writer, growth);
    this.#written = 0;
    this.#measuredAt = performance.now();
    const limit = `The limit of ${Math.floor(maxBytes / MEBIBYTE)} MiB is reached`;
    this.#full = fits
      ? null
      : this.#stuckBytes > 0
        ? `${limit} and files of removed reports cannot be removed; the log says which and why.`
        : this.#settings.pruneGraceMs === 0
          ? `${limit} and nothing is left to prune.`
          : `${limit} and nothing is left to prune that is older than PRUNE_GRACE_MINUTES.`;
    return this.#full;
  }

  /**
   * How much more room is made than is needed. Where packs are a good part of the store, a pack's worth: then the oldest ones are mostly dead
   * when they are compacted, and little of them has to be copied.
   */
  #spare(writer: Writer): number {
    const { maxBytes, packBytes: ofPack } = this.#settings;
    const small = Math.min(maxBytes / 64, 2 * MEBIBYTE);
    return packBytes(writer.connection).bytes > MANY_PACKS * ofPack ? Math.max(small, ofPack) : small;
  }

  /** Prunes until what is stored with what is to be written is below `target`, or pruning frees nothing. */
  async #prune(writer: Writer, growth: Growth, target: number): Promise<void> {
    const pending = await this.#workOff(writer);
    // Reports would go in vain while the disk does not give their space back.
    if (this.#stuckBytes > 0 && pending >= this.#stuckBytes) return;
    this.#stuckBytes = 0;
    for (;;) {
      // What is deleted is overwritten, which makes the log longer: no report goes for what folding it back gives.
      if (this.#usage(writer).log > 2 * this.#settings.walBytes) checkpoint(writer.connection).all();
      const needed = this.#needed(writer, growth, 'after vacuum');
      if (needed <= target) return;
      const step = await pruneFairly(writer, needed - target, {
        graceMs: this.#settings.pruneGraceMs,
        keepOfCase: this.#settings.keepOfCase,
        now: Date.now(),
      });
      if (step.reports + step.blobs === 0) return;
      this.#pruned = {
        reports: this.#pruned.reports + step.reports,
        bytes: this.#pruned.bytes + step.bytes,
      };
      this.#settings.pruned(step);
      const left = await this.#workOff(writer);
      if (left > 0 && this.#needed(writer, growth, 'after vacuum') >= needed) {
        this.#stuckBytes = left;
        return;
      }
    }
  }

  /** Removes the files of pruned reports; gives the bytes of those that the system refuses to remove. */
  async #workOff(writer: Writer): Promise<number> {
    for (;;) {
      const step = await workOffRemovals(writer, Date.now());
      if (step.trouble !== null) this.#settings.trouble(step.trouble);
      if (step.removed === 0) return pendingRemovalBytes(writer.connection);
    }
  }

  /** Gives free pages back and empties the log; for when nobody waits. False: nothing was to be done. */
  tidy(writer: Writer): boolean {
    const { free, log, database } = this.#usage(writer);
    const pages = free / BLOCK_BYTES;
    // A few free pages are left for the next reports.
    if (pages > 64 && free > database / 16) vacuum(writer, Math.min(VACUUM_PAGES, pages));
    else if (log <= 2 * 32 * 1024) return false;
    foldLogNow(writer.connection);
    // The log's index stays as long as it ever was, and a reader can keep the log: what did not shrink is not tried again and again.
    const after = this.#usage(writer);
    return after.free < free || after.log < log;
  }

  /** Whether little was left at the last measurement. */
  get short(): boolean {
    return this.#full !== null || this.#left < this.#settings.maxBytes / SHORT_PART;
  }

  /** Why nothing may be added, as of the last time that room was asked for; null: there was room. */
  get full(): string | null {
    return this.#full;
  }

  /** Whether a measurement can be spared: half of what is left stays for what other processes and estimates add. */
  #hasPlenty(growth: Growth): boolean {
    if (this.#full !== null || performance.now() - this.#measuredAt > MEASURED_MS) return false;
    const written = this.#written + grownBy(growth);
    if (this.#left - written < Math.max(PLENTY_BYTES, this.#left / 2)) return false;
    this.#written = written;
    return true;
  }

  /** What the store would take with what is to be written, and with the log at its usual length. */
  #needed(writer: Writer, growth: Growth, when: 'now' | 'after vacuum' = 'now'): number {
    const { files, dead, folders, database, free, log } = this.#usage(writer);
    const grown = database - free + pagesFor(growth);
    const pages = when === 'now' ? Math.max(database, grown) : grown;
    // Compaction copies what lives in a pack before the pack goes.
    const packs = dead === 0 ? 0 : this.#settings.packBytes - (when === 'now' ? 0 : dead);
    return files + packs + growth.files + folders + pages + Math.max(log, 2 * this.#settings.walBytes);
  }

  /** Gives back what deleted reports left behind in packs, then shrinks the database file where files need the space of its free pages. */
  async #vacuum(writer: Writer, growth: Growth, target: number): Promise<void> {
    while (this.#needed(writer, growth) > target) {
      const pack = emptiestPack(writer);
      if (pack === null || !(await this.#compact(writer, pack))) break;
    }
    for (;;) {
      const { free } = this.#usage(writer);
      const excess = this.#needed(writer, growth) - target;
      const pages = Math.min(Math.ceil(excess / BLOCK_BYTES), free / BLOCK_BYTES, VACUUM_PAGES);
      if (pages <= 0) return;
      vacuum(writer, pages);
      checkpoint(writer.connection).all();
    }
  }

  /** One step of the compaction that is most worth it, for when nobody waits. False: none is. `all`: as long as any gives space back. */
  async tidyPacks(writer: Writer, { all = false }: { readonly all?: boolean } = {}): Promise<boolean> {
    const pack = all ? emptiestPack(writer) : packToCompact(writer, Date.now());
    return pack !== null && (await this.#compact(writer, pack));
  }

  /** False: it could not be done, and the disk is not asked again and again. */
  async #compact(writer: Writer, pack: Candidate): Promise<boolean> {
    try {
      await this.#compactor.step(writer, pack);
      await workOffRemovals(writer, Date.now());
      return true;
    } catch (error) {
      if (errorCode(error).startsWith('SQLITE_')) throw error;
      this.#settings.trouble(
        `${pack.name} cannot be compacted: ${error instanceof Error ? error.message : String(error)}`,
      );
      return false;
    }
  }

  #usage({ connection, layout }: Writer): DiskUsage {
    const now = performance.now();
    if (now - this.#foldersAt > FOLDERS_AGE_MS) {
      this.#folders = foldersBytes(layout);
      this.#foldersAt = now;
    }
    return diskUsage(connection, layout, this.#folders);
  }
}

function pagesFor({ rows }: Growth): number {
  return rows * PAGE_SLACK + 8 * BLOCK_BYTES;
}

function grownBy(growth: Growth): number {
  return pagesFor(growth) + growth.files;
}

function vacuum({ connection }: Writer, pages: number): void {
  statements.pragma(connection, `incremental_vacuum(${Math.floor(pages)})`);
}
