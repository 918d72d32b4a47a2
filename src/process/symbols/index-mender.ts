// Makes indexes anew from what is stored, of symbols and of mappings: where another version of Mayday wrote them, or the disk damaged them.
import { LRUCache } from 'lru-cache';
import type { SymbolFile, SymbolKey, SymbolStore } from '../../store/symbols.ts';
import type { Indexer } from './indexer.ts';
import { pipeToFile } from './pipe-to-file.ts';
import type { Scratch } from './scratch.ts';
import type { StoredDebugFiles } from './stored-debug-files.ts';
import { ALIAS, isMapping, SOURCE_MAP_FORMAT } from './source-maps/mapping-formats.ts';
import { partsOfText } from './symbol-parts.ts';

/** An index that was made so short a time ago and is unusable again will not get better. */
const AGAIN_MS = 3_600_000;
/** Most keys that are remembered; beyond that all are forgotten. */
const MAX_REMEMBERED = 10_000;

/** Mends the indexes of a store, each once at a time. */
export class IndexMender {
  private readonly store: SymbolStore;
  private readonly indexer: Pick<Indexer, 'index' | 'indexMap' | 'indexClasses'>;
  private readonly builds: Pick<StoredDebugFiles, 'index'> | null;
  private readonly scratch: Scratch;
  private readonly now: () => number;
  private readonly underWay = new Map<string, Promise<boolean>>();
  private readonly mended = new LRUCache<string, number>({ max: MAX_REMEMBERED });

  constructor(options: {
    readonly store: SymbolStore;
    readonly indexer: Pick<Indexer, 'index' | 'indexMap' | 'indexClasses'>;
    /** Makes the indexes of debug files; without it those stay as they are. */
    readonly builds?: Pick<StoredDebugFiles, 'index'>;
    readonly scratch: Scratch;
    readonly now: () => number;
  }) {
    this.store = options.store;
    this.indexer = options.indexer;
    this.builds = options.builds ?? null;
    this.scratch = options.scratch;
    this.now = options.now;
  }

  /** True: the index is new. False: there is no text, or it was made a short while ago. Rejects where it cannot be made. */
  mend(key: SymbolKey): Promise<boolean> {
    const name = `${key.debugId}/${key.debugFile}`;
    const running = this.underWay.get(name);
    if (running !== undefined) return running;
    const last = this.mended.get(name);
    if (last !== undefined && this.now() - last < AGAIN_MS) return Promise.resolve(false);
    this.mended.set(name, this.now());
    const work = this.make(key).finally(() => this.underWay.delete(name));
    this.underWay.set(name, work);
    return work;
  }

  private async make(key: SymbolKey): Promise<boolean> {
    const row = await this.store.getSymbols(key);
    if (row !== null && isMapping(row)) return this.makeOfMapping(row);
    if (row !== null && row.format !== 'sym') return this.makeOfDebugFiles(row);
    const text = await this.store.openText(key);
    if (text === null) return false;
    return this.scratch.withFile((textFile) =>
      this.scratch.withFile(async (indexFile) => {
        await pipeToFile(text, textFile);
        const facts = await this.indexer.index({ textFile, indexFile });
        return this.store.replaceIndex(key, indexFile, {
          hasCfi: facts.cfiRanges + facts.winRanges > 0,
          gives: partsOfText(facts),
          damagedLines: facts.skippedLines,
        });
      }),
    );
  }

  /** A script with its map, or a mapping of Java classes. What only leads to another one has no index. */
  private async makeOfMapping(row: SymbolFile): Promise<boolean> {
    const content = row.gives === ALIAS ? null : await this.store.openText(row);
    if (content === null) return false;
    return this.scratch.withFile((file) =>
      this.scratch.withFile(async (indexFile) => {
        await pipeToFile(content, file);
        if (row.format === SOURCE_MAP_FORMAT) await this.indexer.indexMap({ unitFile: file, indexFile });
        else await this.indexer.indexClasses({ textFile: file, indexFile });
        return this.store.replaceIndex(row, indexFile);
      }),
    );
  }

  private async makeOfDebugFiles(row: SymbolFile): Promise<boolean> {
    const { builds } = this;
    if (builds === null) return false;
    return this.scratch.withFile(async (indexFile) => {
      let isThere = false;
      for (const { key, facts } of await builds.index(row, indexFile)) {
        isThere = (await this.store.replaceIndex(key, indexFile, facts)) || isThere;
      }
      return isThere;
    });
  }
}
