// The debug files of one build as they are stored: each is a row of its own, and all of them share one index, made from them together,
// in whatever order they arrived. Where accounts have different files of a build, the files that the same accounts have share one, of what
// all of these have.
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
import { haveSameUsers, mayJoin, type Owners } from './usable-symbols.ts';

/** The stored files that may be used for something. */
export type FilesOfBuilds = { findByDebugId(debugId: string): Promise<readonly SymbolFile[]> };

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

  /**
   * Indexes a new file, which these will have, together with what is stored of its build. `others`: the rows that are to have the same
   * index; `wider`: those that may use the new file, and need an index of their own, as they have other users.
   */
  async indexWith(
    file: NewDebugFile,
    indexFile: string,
    owners: Owners,
  ): Promise<{
    readonly facts: SymbolFileFacts;
    readonly others: readonly SymbolKey[];
    readonly wider: readonly SymbolFile[];
  }> {
    const debugId = buildIdOf(file.image);
    const { stored, wider } = await this.around(debugId ?? '', idsOf(file.image), owners);
    const rows = stored.filter((row) => row.debugId !== debugId || row.debugFile !== file.name);
    return this.withFiles(rows, async (files) => {
      const facts = await this.options.indexer.indexDebugFiles(
        await this.set([file, ...files], debugFileNameOf(file.image.ids, file.name), debugId ?? ''),
        indexFile,
      );
      const others: SymbolFile[] = [];
      for (const row of rows) if (row.debugId === debugId && (await this.isOf(row, owners))) others.push(row);
      return { facts, others, wider };
    });
  }

  /** Makes the index of a stored file anew; gives the files of its build that share it, with what is known of them now. */
  async index(row: SymbolFile, indexFile: string): Promise<readonly RenewedFile[]> {
    const renewed: RenewedFile[] = [];
    const owners = await this.options.store.accountsOf(row);
    await this.withBuild(row, this.joining(owners), async (set, images) => {
      const facts = await this.options.indexer.indexDebugFiles(set, indexFile);
      const hasCfi = facts.cfiRanges + facts.winRanges > 0;
      for (const { file, image } of images) {
        const { debugFile } = file;
        if (!(await this.isOf({ debugFile, debugId: row.debugId }, owners))) continue;
        const known = { hasCfi, gives: partsOfImage(image, facts), wants: wantsOf(image, debugFile) };
        renewed.push({ key: { debugFile, debugId: row.debugId }, facts: known });
      }
    });
    return renewed;
  }

  /** Writes the `.sym` text of a stored build, of the files that are seen. */
  async convert(row: SymbolFile, textFile: string, seen: FilesOfBuilds): Promise<void> {
    await this.withBuild(row, seen, (set) => this.options.indexer.convert(set, textFile));
  }

  private async withBuild(
    row: SymbolFile,
    usable: FilesOfBuilds,
    work: (set: DebugFileSet, images: readonly ImageOfBuild[]) => Promise<unknown>,
  ): Promise<void> {
    const rows = await of(usable, row.debugId, []);
    await this.withFiles(rows, async (files) => {
      const needs: string[] = [];
      const found: ImageOfBuild[] = [];
      for (const file of files) {
        const images = await this.options.indexer.inspect(file);
        needs.push(...images.flatMap(idsOf));
        const image = images.find((each) => buildIdOf(each) === row.debugId);
        if (image !== undefined) found.push({ file: { debugFile: file.name }, image });
      }
      const supplements = (await of(usable, '', needs)).filter(({ debugId }) => debugId !== row.debugId);
      await this.withFiles(supplements, async (more) => {
        const name = debugFileNameOf(NO_IDS, row.debugFile);
        await work(await this.set([...files, ...more], name, row.debugId), found);
      });
    });
  }

  /** What may go into the index of a file of these. */
  private joining(owners: Owners): FilesOfBuilds {
    const { store } = this.options;
    return {
      async findByDebugId(debugId) {
        const rows: SymbolFile[] = [];
        for (const row of await store.findByDebugId(debugId, owners ?? [])) {
          if (mayJoin(await store.accountsOf(row), owners)) rows.push(row);
        }
        return rows;
      },
    };
  }

  private async around(
    debugId: string,
    needs: readonly string[],
    owners: Owners,
  ): Promise<{ readonly stored: readonly SymbolFile[]; readonly wider: readonly SymbolFile[] }> {
    const { store } = this.options;
    const wider: SymbolFile[] = [];
    for (const row of await of(store, debugId, [])) {
      const users = await store.accountsOf(row);
      if (mayJoin(owners, users) && !haveSameUsers(owners, users)) wider.push(row);
    }
    return { stored: await of(this.joining(owners), debugId, needs), wider };
  }

  private async isOf(key: SymbolKey, owners: Owners): Promise<boolean> {
    return haveSameUsers(await this.options.store.accountsOf(key), owners);
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

/** The debug files with an id, and those that they refer to. */
async function of(
  files: FilesOfBuilds,
  debugId: string,
  needs: readonly string[],
): Promise<readonly SymbolFile[]> {
  const rows: SymbolFile[] = [];
  for (const id of new Set([debugId, ...needs])) {
    if (id !== '') rows.push(...(await files.findByDebugId(id)));
  }
  return rows.filter((row) => row.format !== 'sym' && !isMapping(row));
}

function idsOf({ needs }: InspectedImage): readonly string[] {
  return needs.map(({ debugId }) => debugId);
}

const NO_IDS = { os: '', cpu: '', debugId: null, codeId: null, debugFile: null, codeFile: null };
