// Makes the indexes that another version of Mayday wrote anew, from what is stored, one after the other in the background. Which are left is
// read off the indexes themselves, so a stop loses nothing: the next start goes on.
import type { Log } from '../../base/log.ts';
import { decodeHeader, HEADER_BYTES, INDEX_VERSION } from '../../formats/symbols/index-layout.ts';
import type { SymbolFile, SymbolStore } from '../../store/symbols.ts';
import { FileAccess } from './file-access.ts';
import type { IndexMender } from './index-mender.ts';
import { isMapping } from './source-maps/mapping-formats.ts';
import { isPresentMappingIndex } from './source-maps/mapping-index-version.ts';

const PAGE = 200;
/** One is followed by a pause as long as it took, and at least this: uploads and reports want the indexer and the disk, too. */
const MIN_PAUSE_MS = 20;
const LOG_EVERY = 100;

/** How far the renewal is. */
export type RenewalProgress = {
  /** Indexes that are of another version. */
  readonly old: number;
  readonly renewed: number;
  /** What is stored cannot be read any more, or not by this version: the index stays, and lookups find nothing in it. */
  readonly failed: number;
  readonly running: boolean;
};

export type IndexRenewalOptions = {
  readonly store: SymbolStore;
  readonly mender: Pick<IndexMender, 'mend'>;
  readonly log: Log;
  /** Told after each step, for metrics. */
  readonly heard?: (progress: RenewalProgress) => void;
  readonly pause?: (ms: number) => Promise<void>;
};

/** States: not begun → counting → renewing → done; `stop` ends each of them. */
export class IndexRenewal {
  private readonly options: IndexRenewalOptions;
  private stopped = false;
  private work: Promise<void> | null = null;
  private state: RenewalProgress = { old: 0, renewed: 0, failed: 0, running: false };

  constructor(options: IndexRenewalOptions) {
    this.options = options;
  }

  get progress(): RenewalProgress {
    return this.state;
  }

  /** Begins, once; resolves when all are done, or `stop` was called. Never rejects. */
  run(): Promise<void> {
    this.work ??= this.renewAll().catch((error: unknown) => {
      this.options.log.error(
        { err: error },
        'old symbol indexes could not be made anew; the next start tries again',
      );
      this.tell({ running: false });
    });
    return this.work;
  }

  /** Ends after the index that is being made. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.work;
  }

  private async renewAll(): Promise<void> {
    const { log } = this.options;
    // The files of one build that the same accounts have share an index.
    const names = new Set<string>();
    for await (const row of this.files()) {
      if (await this.isOld(row))
        names.add(
          row.format === 'sym' || isMapping(row)
            ? `${row.debugId}/${row.debugFile}`
            : `${row.debugId} ${String(await this.options.store.accountsOf(row))}`,
        );
    }
    const old = names.size;
    if (old === 0 || this.stopped) return;
    this.tell({ old, running: true });
    log.info(
      { indexes: old },
      'symbol indexes of another version are made anew; symbols are found meanwhile',
    );
    for await (const row of this.files()) {
      // One of a build renews the others of it.
      if (!(await this.isOld(row))) continue;
      await this.renew(row);
      const { renewed, failed } = this.state;
      if ((renewed + failed) % LOG_EVERY === 0) log.info(this.state, 'symbol indexes are made anew');
    }
    this.tell({ running: false });
    log.info(
      this.state,
      this.stopped
        ? 'the renewal of symbol indexes goes on at the next start'
        : 'symbol indexes were made anew',
    );
  }

  private async renew(row: SymbolFile): Promise<void> {
    const { mender, log, pause = sleep } = this.options;
    const start = performance.now();
    try {
      const isNew = await mender.mend(row);
      this.tell(isNew ? { renewed: this.state.renewed + 1 } : { failed: this.state.failed + 1 });
    } catch (error) {
      this.tell({ failed: this.state.failed + 1 });
      log.warn({ err: error, symbols: `${row.debugFile}/${row.debugId}` }, 'an index could not be made anew');
    }
    await pause(Math.max(MIN_PAUSE_MS, performance.now() - start));
  }

  /** Every file that has an index, by name: an order in which those that come meanwhile lie anywhere and none is passed over. */
  private async *files(): AsyncGenerator<SymbolFile> {
    let cursor: string | undefined;
    do {
      const page = await this.options.store.listSymbols(
        { order: 'name' },
        { limit: PAGE, ...(cursor !== undefined && { cursor }) },
      );
      for (const row of page.rows) {
        if (this.stopped) return;
        yield row;
      }
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
  }

  private async isOld(row: SymbolFile): Promise<boolean> {
    const path = await this.options.store.indexPath(row);
    if (path === null) return false;
    return isMapping(row) ? !isPresentMappingIndex(row, path) : versionOf(path) !== INDEX_VERSION;
  }

  private tell(changes: Partial<RenewalProgress>): void {
    this.state = { ...this.state, ...changes };
    this.options.heard?.(this.state);
  }
}

/** Null: damaged, or not there. */
function versionOf(path: string): number | null {
  let access: FileAccess;
  try {
    access = new FileAccess(path);
  } catch {
    return null;
  }
  try {
    return decodeHeader(access.read(0, HEADER_BYTES));
  } finally {
    access.close();
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
