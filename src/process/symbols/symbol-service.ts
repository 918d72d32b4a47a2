// Symbols as a service, put together: what the reports server offers at its endpoints and the processor's workers ask.
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Log } from '../../base/log.ts';
import type { Metrics } from '../../base/metrics.ts';
import type { Store } from '../../store/store.ts';
import type { SymbolFile, SymbolKey, SymbolStore } from '../../store/symbols.ts';
import { ChunkStore } from './chunk-store.ts';
import { IndexMender } from './index-mender.ts';
import { Indexer, type IndexerLimits } from './indexer.ts';
import { IndexRenewal, type RenewalProgress } from './index-renewal.ts';
import { requeueLacking, sweepLacking } from './lacking-reports.ts';
import { Scratch } from './scratch.ts';
import { SymbolCache } from './symbol-cache.ts';
import { SymbolFinder } from './symbol-finder.ts';
import { SymbolIntake } from './symbol-intake.ts';
import { type FilesOfBuilds, StoredDebugFiles } from './stored-debug-files.ts';
import type { FileSource } from './symbol-port.ts';
import { ClassMappingIntake } from './source-maps/class-mapping-intake.ts';
import { MappingFinder } from './source-maps/mapping-source.ts';
import { takeMovedMapping, type MovedMapping } from './source-maps/moved-mapping.ts';
import { SourceMapIntake } from './source-maps/source-map-intake.ts';
import { type Symbolication, type SymbolicationJob, Symbolicator } from './symbolicator.ts';
import { type UpstreamServer, UpstreamSymbols } from './upstream-symbols.ts';

export type SymbolServiceOptions = {
  readonly store: Store;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Folder for files on their way; made when needed. */
  readonly scratchDir: string;
  readonly minFreeBytes: number;
  readonly maxUploadBytes: number;
  readonly maxTextBytes: number;
  /** Bytes of one script, source map or original. */
  readonly maxMapBytes?: number;
  readonly indexing?: IndexerLimits;
  /** 0: symbols are kept for ever. */
  readonly keepDays: number;
  readonly upstream: {
    readonly servers: readonly UpstreamServer[];
    readonly redirectHosts: readonly string[];
    readonly maxCacheBytes: number;
    readonly timeoutMs: number;
    /** What servers may cost one report. */
    readonly perReport?: { readonly maxBytes: number; readonly maxMs: number };
  };
  readonly now?: () => number;
  readonly fetch?: typeof fetch;
};

const DAY_MS = 86_400_000;
const PER_REPORT = { maxBytes: 1024 ** 3, maxMs: 120_000 };
const DEFAULT_MAP_BYTES = 128 * 1024 * 1024;
/** Longer than a report is being processed, as a rule. */
const LOOK_AGAIN_MS = 20_000;

/** Everything about symbols but their pages and their storage. */
export class SymbolService {
  readonly scratch: Scratch;
  readonly intake: SymbolIntake;
  /** For the workers of the processor: asks upstream servers, too. */
  readonly source: FileSource;
  /** Pieces of uploads that come in pieces. */
  readonly chunks: ChunkStore;
  /** The way of mappings of Java classes into the store. */
  readonly classes: ClassMappingIntake;
  /** The way of source maps into the store. */
  readonly maps: SourceMapIntake;
  readonly maxUploadBytes: number;
  private readonly options: SymbolServiceOptions;
  private readonly indexer: Indexer;
  private readonly builds: StoredDebugFiles;
  private readonly symbolicator: Symbolicator;
  private readonly renewal: IndexRenewal;
  private readonly requeueing = new Set<Promise<void>>();
  private readonly mappings: MappingFinder;
  private readonly lookingAgain = new Set<NodeJS.Timeout>();
  private sweeping: Promise<void> | null = null;
  private closed = false;

  /** All that is stored, whoever uploaded it: for metrics. */
  totals(): ReturnType<SymbolStore['totals']> {
    return this.options.store.symbols.totals();
  }

  constructor(options: SymbolServiceOptions) {
    this.options = options;
    const { store, log, metrics, maxTextBytes, maxUploadBytes, upstream, now = Date.now } = options;
    this.maxUploadBytes = maxUploadBytes;
    this.indexer = new Indexer(options.indexing);
    this.scratch = new Scratch({ dir: options.scratchDir, minFreeBytes: options.minFreeBytes });
    this.intake = new SymbolIntake({
      store: store.symbols,
      indexer: this.indexer,
      scratch: this.scratch,
      maxTextBytes,
      arrived: (symbols, kind, accounts) => {
        if (kind === 'stored') this.requeue(symbols, accounts);
        else void this.sweep();
      },
    });
    this.builds = new StoredDebugFiles({
      store: store.symbols,
      indexer: this.indexer,
      scratch: this.scratch,
    });
    const mender = new IndexMender({
      store: store.symbols,
      indexer: this.indexer,
      builds: this.builds,
      scratch: this.scratch,
      now,
    });
    this.renewal = new IndexRenewal({
      store: store.symbols,
      mender,
      log,
      heard: ({ old, renewed, failed }) => metrics.symbolIndexesLeft.set(old - renewed - failed),
    });
    const heard = (result: 'found' | 'missing' | 'upstream'): void => metrics.symbolLookups.inc({ result });
    const finder = new SymbolFinder({
      store: store.symbols,
      now,
      heard,
      mender,
      upstream:
        upstream.servers.length === 0
          ? null
          : new UpstreamSymbols({
              ...upstream,
              intake: this.intake,
              scratch: this.scratch,
              cache: new SymbolCache({ store: store.symbols, maxBytes: upstream.maxCacheBytes, now }),
              log,
              totalMs: upstream.timeoutMs * 3,
              perReport: upstream.perReport ?? PER_REPORT,
              maxBytes: maxUploadBytes,
              now,
              ...(options.fetch !== undefined && { fetch: options.fetch }),
            }),
    });
    this.chunks = new ChunkStore(this.scratch);
    this.mappings = new MappingFinder(store.symbols, now, mender);
    this.source = {
      find: (request, errand) => finder.find(request, errand),
      mend: (request, errand) => finder.mend(request, errand),
      mappings: (account, lists) => this.mappings.mappings(account, lists),
      mendMapping: (account, ids) => this.mappings.mendMapping(account, ids),
    };
    this.classes = new ClassMappingIntake({
      store: store.symbols,
      indexer: this.indexer,
      scratch: this.scratch,
      maxBytes: options.maxMapBytes ?? DEFAULT_MAP_BYTES,
      arrived: (missed) => this.mappingsArrived(missed),
    });
    this.maps = new SourceMapIntake({
      store: store.symbols,
      indexer: this.indexer,
      scratch: this.scratch,
      maxMapBytes: options.maxMapBytes ?? DEFAULT_MAP_BYTES,
      arrived: (missed) => this.mappingsArrived(missed),
    });
    // Not upstream: anybody who may ask could make the server fetch whatever they name.
    this.symbolicator = new Symbolicator(new SymbolFinder({ store: store.symbols, now, mender }));
  }

  /** Answers Mozilla's symbolication API; `text` is the body, `users` whose symbols may answer. */
  symbolicate(job: SymbolicationJob): Promise<Symbolication> {
    return this.symbolicator.symbolicate(job);
  }

  /** Takes in a mapping as another store kept it. Rejects with `SymbolsRefused`. */
  takeMovedMapping(moved: MovedMapping): Promise<'stored' | 'duplicate'> {
    return takeMovedMapping(moved, {
      store: this.options.store.symbols,
      indexer: this.indexer,
      scratch: this.scratch,
      maxBytes: this.options.maxMapBytes ?? DEFAULT_MAP_BYTES,
      arrived: (missed) => this.mappingsArrived(missed),
    });
  }

  /** The `.sym` text of stored symbols: as it came, or made of the debug files of the build that are seen. Null: deleted meanwhile. */
  async openSymbolText(symbols: SymbolFile, seen: FilesOfBuilds): Promise<Readable | null> {
    if (symbols.format === 'sym') return this.options.store.symbols.openText(symbols);
    const file = await this.scratch.newFile();
    try {
      await this.builds.convert(symbols, file, seen);
    } catch (error) {
      await this.scratch.remove(file);
      throw error;
    }
    const text = createReadStream(file);
    text.once('close', () => void this.scratch.remove(file));
    return text;
  }

  /** A file as it was uploaded, for whoever debugs with it. Null: deleted meanwhile. */
  async openOriginal(symbols: SymbolFile): Promise<Readable | null> {
    const { store, log } = this.options;
    // Only retention reads it: a store that cannot write now must not cost a debugger its file.
    store.symbols.used([symbols]).catch((error: unknown) => {
      log.warn({ err: error }, 'the use of symbols could not be noted');
    });
    return store.symbols.openText(symbols);
  }

  /** How far the background renewal of old indexes is. */
  get renewing(): RenewalProgress {
    return this.renewal.progress;
  }

  /** Housekeeping: age, leftovers, reports that were overlooked. Never rejects. */
  async maintain(): Promise<void> {
    const { store, log, keepDays, now = Date.now } = this.options;
    try {
      await this.scratch.sweep(now());
      if (keepDays > 0) {
        const deleted = await store.symbols.deleteMatching({ olderThan: now() - keepDays * DAY_MS });
        if (deleted > 0) log.info({ deleted }, 'symbols past KEEP_SYMBOLS_DAYS were deleted');
      }
    } catch (error) {
      log.error({ err: error }, 'keeping the symbols in order failed');
    }
    void this.renewal.run();
    await this.sweep();
  }

  /** Resolves when the reports of all symbols that came so far are back in the queue. */
  async settled(): Promise<void> {
    await Promise.all([...this.requeueing, this.sweeping]);
  }

  /** Ends the threads; what is being put back to the queue is finished. */
  async close(): Promise<void> {
    this.closed = true;
    for (const timer of this.lookingAgain) clearTimeout(timer);
    await Promise.all([this.settled(), this.renewal.stop()]);
    await Promise.all([this.indexer.close(), this.symbolicator.close()]);
  }

  /** Reports that missed any of these ids are processed again; a little later those, too, that were being processed just now. */
  private mappingsArrived(missed: readonly string[]): void {
    this.mappings.arrived();
    for (const debugId of missed) this.requeue({ debugFile: 'mapping', debugId });
    const timer = setTimeout(() => {
      this.lookingAgain.delete(timer);
      for (const debugId of missed) this.requeue({ debugFile: 'mapping', debugId });
    }, LOOK_AGAIN_MS);
    timer.unref();
    this.lookingAgain.add(timer);
  }

  /** In the background: an upload must not wait for the queue to take a million reports back. */
  private requeue(symbols: SymbolKey, accounts: readonly string[] = []): void {
    const { store, log } = this.options;
    const work = requeueLacking(store.queue, symbols.debugId, accounts).then(
      (reports) => {
        if (reports > 0)
          log.info(
            { symbols: `${symbols.debugFile}/${symbols.debugId}`, reports },
            'reports wait for new symbols',
          );
      },
      (error: unknown) =>
        log.error({ err: error }, 'reports could not be put back; the next sweep tries again'),
    );
    this.requeueing.add(work);
    void work.finally(() => this.requeueing.delete(work));
  }

  private sweep(): Promise<void> {
    const { store, log } = this.options;
    this.sweeping ??= sweepLacking(store, () => this.closed)
      .then(
        (reports) => {
          if (reports > 0) log.info({ reports }, 'reports that lacked stored symbols are processed again');
        },
        (error: unknown) => log.error({ err: error }, 'reports that lack symbols could not be looked for'),
      )
      .finally(() => {
        this.sweeping = null;
      });
    return this.sweeping;
  }
}
