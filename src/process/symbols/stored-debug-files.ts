// The debug files of one build as they are stored: each is a row of its own, and all of them share one index, made from them together,
// in whatever order they arrived.
import type { SymbolFileFacts } from '../../formats/symbols/module-symbols.ts';
import type { RenewedFacts, SymbolFile, SymbolKey, SymbolStore } from '../../store/symbols.ts';
import type { Indexer } from './indexer.ts';
import {
  type DebugFileOnDisk,
  type DebugFileSet,
  debugFileNameOf,
  type InspectedImage,
} from './read-debug-files.ts';
import { isMapping } from './source-maps/mapping-formats.ts';
import { pipeToFile } from './pipe-to-file.ts';
import type { Scratch } from './scratch.ts';
import { buildIdOf, partsOfImage, wantsOf } from './symbol-parts.ts';

/** What joining needs. */
export type StoredDebugFilesOptions = {
  readonly store: SymbolStore;
  readonly indexer: Pick<Indexer, 'inspect' | 'indexDebugFiles' | 'convert'>;
  readonly scratch: Scratch;
};

/** A file that is not stored yet. */
export type NewDebugFile = DebugFileOnDisk & { readonly image: InspectedImage };

/** A file of a build whose index was made anew. */
export type RenewedFile = { readonly key: SymbolKey; readonly facts: RenewedFacts };

type ImageOfBuild = { readonly file: Pick<SymbolKey, 'debugFile'>; readonly image: InspectedImage };

/** Files of builds, out of the store. */
export class StoredDebugFiles {
  private readonly options: StoredDebugFilesOptions;

  constructor(options: StoredDebugFilesOptions) {
    this.options = options;
  }

  /** Indexes a new file together with what is stored of its build; gives the rows that are to have the same index. */
  async indexWith(
    file: NewDebugFile,
    indexFile: string,
  ): Promise<{ readonly facts: SymbolFileFacts; readonly others: readonly SymbolKey[] }> {
    const debugId = buildIdOf(file.image);
    const stored = await this.of(debugId ?? '', idsOf(file.image));
    const rows = stored.filter((row) => row.debugId !== debugId || row.debugFile !== file.name);
    return this.withFiles(rows, async (files) => {
      const facts = await this.options.indexer.indexDebugFiles(
        await this.set([file, ...files], debugFileNameOf(file.image.ids, file.name), debugId ?? ''),
        indexFile,
      );
      return { facts, others: rows.filter((row) => row.debugId === debugId) };
    });
  }

  /** Makes the index of a stored build anew; gives the files of the build, which share it, with what is known of them now. */
  async index(row: SymbolFile, indexFile: string): Promise<readonly RenewedFile[]> {
    const renewed: RenewedFile[] = [];
    await this.withBuild(row, async (set, images) => {
      const facts = await this.options.indexer.indexDebugFiles(set, indexFile);
      const hasCfi = facts.cfiRanges + facts.winRanges > 0;
      for (const { file, image } of images) {
        const { debugFile } = file;
        const known = { hasCfi, gives: partsOfImage(image, facts), wants: wantsOf(image, debugFile) };
        renewed.push({ key: { debugFile, debugId: row.debugId }, facts: known });
      }
    });
    return renewed;
  }

  /** Writes the `.sym` text of a stored build. */
  async convert(row: SymbolFile, textFile: string): Promise<void> {
    await this.withBuild(row, (set) => this.options.indexer.convert(set, textFile));
  }

  private async withBuild(
    row: SymbolFile,
    work: (set: DebugFileSet, images: readonly ImageOfBuild[]) => Promise<unknown>,
  ): Promise<void> {
    const rows = await this.of(row.debugId, []);
    await this.withFiles(rows, async (files) => {
      const needs: string[] = [];
      const found: ImageOfBuild[] = [];
      for (const file of files) {
        const images = await this.options.indexer.inspect(file);
        needs.push(...images.flatMap(idsOf));
        const image = images.find((each) => buildIdOf(each) === row.debugId);
        if (image !== undefined) found.push({ file: { debugFile: file.name }, image });
      }
      const supplements = (await this.of('', needs)).filter(({ debugId }) => debugId !== row.debugId);
      await this.withFiles(supplements, async (more) => {
        const name = debugFileNameOf(NO_IDS, row.debugFile);
        await work(await this.set([...files, ...more], name, row.debugId), found);
      });
    });
  }

  /** The debug files with an id, and those that they refer to. */
  private async of(debugId: string, needs: readonly string[]): Promise<readonly SymbolFile[]> {
    const rows: SymbolFile[] = [];
    for (const id of new Set([debugId, ...needs])) {
      if (id !== '') rows.push(...(await this.options.store.findByDebugId(id)));
    }
    return rows.filter((row) => row.format !== 'sym' && !isMapping(row));
  }

  private async set(
    files: readonly DebugFileOnDisk[],
    debugFile: string,
    debugId: string,
  ): Promise<DebugFileSet> {
    return {
      files: files.map(({ file, name }) => ({ file, name })),
      debugFile,
      debugId,
      spool: await this.options.scratch.newFile(),
    };
  }

  /** Unpacks stored files into the scratch folder for as long as `work` takes. */
  private async withFiles<T>(
    rows: readonly SymbolFile[],
    work: (files: readonly DebugFileOnDisk[]) => Promise<T>,
  ): Promise<T> {
    const { store, scratch } = this.options;
    const files: DebugFileOnDisk[] = [];
    try {
      for (const row of rows) {
        await scratch.checkSpace(row.textBytes);
        const content = await store.openText(row);
        // Deleted meanwhile.
        if (content === null) continue;
        const file = await scratch.newFile();
        files.push({ file, name: row.debugFile });
        await pipeToFile(content, file);
      }
      return await work(files);
    } finally {
      for (const { file } of files) await scratch.remove(file);
    }
  }
}

function idsOf({ needs }: InspectedImage): readonly string[] {
  return needs.map(({ debugId }) => debugId);
}

const NO_IDS = { os: '', cpu: '', debugId: null, codeId: null, debugFile: null, codeFile: null };
