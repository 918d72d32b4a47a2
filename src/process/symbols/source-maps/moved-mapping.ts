// Takes in a source map or a mapping of Java classes that another store gave out as it keeps it: the content is the same, its index is
// made anew.
import type { SymbolStore, SymbolUpload } from '../../../store/symbols.ts';
import type { Indexer } from '../indexer.ts';
import type { Scratch } from '../scratch.ts';
import { notPut } from '../not-put.ts';
import { SymbolsRefused } from '../symbols-refused.ts';
import { ALIAS, PROGUARD_FORMAT, type SOURCE_MAP_FORMAT } from './mapping-formats.ts';

export interface MovedMapping extends Pick<SymbolUpload, 'key' | 'product' | 'by' | 'source'> {
  readonly facts: Pick<SymbolUpload['facts'], 'os' | 'codeFile' | 'codeId' | 'generator' | 'gives'> & {
    readonly format: typeof SOURCE_MAP_FORMAT | typeof PROGUARD_FORMAT;
  };
  /** The content as the other store gave it; it stays the caller's. */
  readonly file: string;
  readonly size: number;
}

/** Rejects with `SymbolsRefused`. */
export async function takeMovedMapping(
  { key, facts, file, size, ...rest }: MovedMapping,
  options: {
    readonly store: SymbolStore;
    readonly indexer: Pick<Indexer, 'indexMap' | 'indexClasses'>;
    readonly scratch: Scratch;
    readonly maxBytes: number;
    readonly arrived: (missed: readonly string[]) => void;
  },
): Promise<'stored' | 'duplicate'> {
  const { store, indexer, scratch, maxBytes, arrived } = options;
  if (size > maxBytes) throw new SymbolsRefused('text_too_large');
  const isAlias = facts.gives === ALIAS;
  return scratch.withFile(async (made) => {
    const indexFile = isAlias ? file : made;
    try {
      if (facts.format === PROGUARD_FORMAT) await indexer.indexClasses({ textFile: file, indexFile });
      else if (!isAlias) await indexer.indexMap({ unitFile: file, indexFile });
    } catch (error) {
      const code = facts.format === PROGUARD_FORMAT ? 'bad_mapping' : 'bad_map';
      throw new SymbolsRefused(code, `(${(error as Error).message.slice(0, 200)})`);
    }
    try {
      const { kind } = await store.putSymbols({
        key,
        facts: { ...facts, cpu: '', damagedLines: 0, hasCfi: false },
        ...rest,
        textFile: file,
        indexFile,
      });
      if (!isAlias) arrived([key.debugId]);
      return kind;
    } catch (error) {
      throw notPut(error);
    }
  });
}
