// Takes mappings of obfuscated Java classes (ProGuard, R8) into the store, by the UUID that the build gave to them. Reports that lacked
// them are processed again.
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { SymbolFile, SymbolStore } from '../../../store/symbols.ts';
import type { Indexer } from '../indexer.ts';
import type { Scratch } from '../scratch.ts';
import { notPut } from '../not-put.ts';
import { SymbolsRefused } from '../symbols-refused.ts';
import { eachZipEntry } from '../zip-entries.ts';
import { CLASSES_FILE, PROGUARD_FORMAT } from './mapping-formats.ts';
import { idOfUuid } from './map-key.ts';

/** A mapping that has arrived whole. */
export interface ArrivedClasses {
  readonly file: string;
  readonly size: number;
  readonly uuid: string;
  readonly product: string | null;
  readonly accounts?: readonly string[];
  readonly by: string;
}

export interface ClassMappingIntakeOptions {
  readonly store: SymbolStore;
  readonly indexer: Pick<Indexer, 'indexClasses'>;
  readonly scratch: Scratch;
  readonly maxBytes: number;
  /** Told of ids that reports may have missed. */
  readonly arrived: (missed: readonly string[]) => void;
}

/** The way of class mappings into the store. */
export class ClassMappingIntake {
  readonly #options: ClassMappingIntakeOptions;

  constructor(options: ClassMappingIntakeOptions) {
    this.#options = options;
  }

  /** Rejects with `SymbolsRefused`. */
  async take({ file, size, uuid, product, accounts = [], by }: ArrivedClasses): Promise<SymbolFile> {
    const { store, indexer, scratch, maxBytes, arrived } = this.#options;
    const debugId = idOfUuid(uuid);
    if (debugId === null) throw new SymbolsRefused('bad_id', '(a mapping needs a UUID)');
    if (size > maxBytes) throw new SymbolsRefused('text_too_large');
    return scratch.withFile(async (indexFile) => {
      await indexer.indexClasses({ textFile: file, indexFile }).catch((error: unknown) => {
        throw new SymbolsRefused('bad_mapping', `(${(error as Error).message.slice(0, 200)})`);
      });
      try {
        const { symbols } = await store.putSymbols({
          key: { debugFile: CLASSES_FILE, debugId },
          facts: {
            os: 'java',
            cpu: '',
            codeFile: null,
            codeId: null,
            generator: null,
            damagedLines: 0,
            hasCfi: false,
            format: PROGUARD_FORMAT,
            gives: 'classes,lines',
          },
          product,
          accounts,
          by,
          source: 'upload',
          textFile: file,
          indexFile,
        });
        arrived([debugId]);
        return symbols;
      } catch (error) {
        throw notPut(error);
      }
    });
  }

  /** Takes the mappings of a zip archive, which are called `proguard/<uuid>.txt`. */
  async takeArchive(
    archive: string,
    about: Pick<ArrivedClasses, 'product' | 'accounts' | 'by'>,
  ): Promise<readonly SymbolFile[]> {
    const { scratch, maxBytes } = this.#options;
    const taken: SymbolFile[] = [];
    await eachZipEntry(archive, async (entry) => {
      const uuid = /(?:^|\/)proguard\/([0-9a-f-]{32,36})\.txt$/i.exec(entry.name)?.[1];
      if (uuid === undefined) return;
      if (entry.bytes > maxBytes) throw new SymbolsRefused('text_too_large');
      await scratch.checkSpace(entry.bytes);
      await scratch.withFile(async (file) => {
        await pipeline(await entry.open(), createWriteStream(file, { mode: 0o600 }));
        taken.push(await this.take({ ...about, file, size: entry.bytes, uuid }));
      });
    });
    if (taken.length === 0) throw new SymbolsRefused('empty');
    return taken;
  }
}
