// Makes index files in a worker thread, one at a time: of symbol files, and of debug files as compilers make them.
import path from 'node:path';
import type { SymbolFileFacts } from '../../formats/symbols/module-symbols.ts';
import type { DebugFileOnDisk, DebugFileSet, InspectedImage } from './read-debug-files.ts';
import type { MapFacts } from '../../formats/source-maps/build-map-index.ts';
import { READING_TIMEOUT_MS } from './section-spool.ts';
import { ThreadClient } from './symbol-thread-client.ts';

/** What the thread is asked for. */
export type IndexingJob =
  | { readonly kind: 'text'; readonly textFile: string; readonly indexFile: string }
  | { readonly kind: 'map'; readonly unitFile: string; readonly indexFile: string }
  | { readonly kind: 'classes'; readonly textFile: string; readonly indexFile: string }
  | { readonly kind: 'inspect'; readonly file: DebugFileOnDisk }
  | { readonly kind: 'debug'; readonly set: DebugFileSet; readonly indexFile: string }
  | { readonly kind: 'convert'; readonly set: DebugFileSet; readonly textFile: string };

/** What it answers. `fault`: a sentence for whoever sent the file. */
export type IndexingResult =
  | {
      readonly ok: true;
      readonly facts?: SymbolFileFacts;
      readonly images?: readonly InspectedImage[];
      readonly map?: MapFacts;
    }
  | { readonly ok: false; readonly fault: string };

const THREAD = new URL(`./indexing-thread${path.extname(import.meta.filename)}`, import.meta.url);

/** What indexing may cost. */
export type IndexerLimits = {
  /** Memory of the thread. */
  readonly maxHeapMb: number;
  /** Time for the debug files of one build. */
  readonly timeoutMs: number;
};

/** By which a thread that does not look at the clock is ended; text of symbols has no other. */
const THREAD_TIMEOUT_MS = 15 * 60_000;
const LIMITS: IndexerLimits = { maxHeapMb: 1024, timeoutMs: READING_TIMEOUT_MS };

/** Indexes symbols; memory holds the tables of one module. */
export class Indexer {
  private readonly thread: ThreadClient<IndexingJob, IndexingResult>;
  private readonly timeoutMs: number;

  constructor({ maxHeapMb, timeoutMs }: IndexerLimits = LIMITS) {
    this.timeoutMs = timeoutMs;
    this.thread = new ThreadClient<IndexingJob, IndexingResult>({
      file: THREAD,
      name: 'mayday-indexer',
      timeoutMs: Math.max(THREAD_TIMEOUT_MS, timeoutMs * 2),
      idleMs: 20_000,
      maxHeapMb,
      maxWaiting: 1000,
    });
  }

  /** Writes the index of a plain text file; rejects where it cannot be made. */
  async index(job: { readonly textFile: string; readonly indexFile: string }): Promise<SymbolFileFacts> {
    return this.facts({ kind: 'text', ...job });
  }

  /** Writes the index of a script with its source map; rejects where the map cannot be used. */
  async indexMap(job: { readonly unitFile: string; readonly indexFile: string }): Promise<MapFacts> {
    const { map } = await this.run({ kind: 'map', ...job });
    if (map === undefined) throw new Error('the thread gave no facts');
    return map;
  }

  /** Writes the index of a mapping of Java classes; rejects where it holds none. */
  async indexClasses(job: { readonly textFile: string; readonly indexFile: string }): Promise<void> {
    await this.run({ kind: 'classes', ...job });
  }

  /** What a debug file holds; rejects with the sentence that says why it cannot be read. */
  async inspect(file: DebugFileOnDisk): Promise<readonly InspectedImage[]> {
    return (await this.run({ kind: 'inspect', file })).images ?? [];
  }

  /** Writes the index of the debug files of one build. */
  async indexDebugFiles(set: DebugFileSet, indexFile: string): Promise<SymbolFileFacts> {
    return this.facts({ kind: 'debug', set: { timeoutMs: this.timeoutMs, ...set }, indexFile });
  }

  /** Writes the `.sym` text of the debug files of one build. */
  async convert(set: DebugFileSet, textFile: string): Promise<void> {
    await this.run({ kind: 'convert', set: { timeoutMs: this.timeoutMs, ...set }, textFile });
  }

  close(): Promise<void> {
    return this.thread.close();
  }

  private async facts(job: IndexingJob): Promise<SymbolFileFacts> {
    const { facts } = await this.run(job);
    if (facts === undefined) throw new Error('the thread gave no facts');
    return facts;
  }

  private async run(job: IndexingJob): Promise<Extract<IndexingResult, { readonly ok: true }>> {
    const result = await this.thread.run(job);
    if (!result.ok) throw new Error(result.fault);
    return result;
  }
}
