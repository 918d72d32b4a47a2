// Makes index files in a worker thread, one at a time.
import path from 'node:path';
import type { SymbolFileFacts } from '../../formats/symbols/module-symbols.ts';
import { ThreadClient } from './symbol-thread-client.ts';

export type IndexingJob = { readonly textFile: string; readonly indexFile: string };
export type IndexingResult =
  | { readonly ok: true; readonly facts: SymbolFileFacts }
  | { readonly ok: false; readonly fault: string };

const THREAD = new URL(`./indexing-thread${path.extname(import.meta.filename)}`, import.meta.url);

/** Indexes symbol files; memory holds the tables of one file. */
export class Indexer {
  private readonly thread = new ThreadClient<IndexingJob, IndexingResult>({
    file: THREAD,
    name: 'mayday-indexer',
    timeoutMs: 15 * 60_000,
    idleMs: 20_000,
    maxHeapMb: 1024,
    maxWaiting: 1000,
  });

  /** Writes the index of a plain text file; rejects where it cannot be made. */
  async index(job: IndexingJob): Promise<SymbolFileFacts> {
    const result = await this.thread.run(job);
    if (!result.ok) throw new Error(`the symbols cannot be indexed: ${result.fault}`);
    return result.facts;
  }

  close(): Promise<void> {
    return this.thread.close();
  }
}
