// Takes artifact bundles with scripts and source maps into the store: each script with its map is indexed once and kept under its debug
// id, and for each release under its URL. Reports that lacked them are processed again.
import { readFile, writeFile } from 'node:fs/promises';
import type { SymbolKey, SymbolStore } from '../../../store/symbols.ts';
import type { Indexer } from '../indexer.ts';
import type { Scratch } from '../scratch.ts';
import { notPut } from '../not-put.ts';
import { SymbolsRefused } from '../symbols-refused.ts';
import { withArtifactBundle, type BundledFile } from './artifact-bundle.ts';
import { ALIAS, SOURCE_MAP_FORMAT } from './mapping-formats.ts';
import { idOfReleaseFile, idOfUuid, keyOfScript, missedId } from './map-key.ts';
import { writeUnit, type UnitFile } from './map-unit.ts';
import { scriptsOfBundle, type BundledScript } from './scripts-of-bundle.ts';

/** A bundle that has arrived whole. */
export interface ArrivedBundle {
  readonly file: string;
  readonly size: number;
  readonly account: string;
  /** The products that it is for. */
  readonly products: readonly string[];
  /** What the upload says beside the bundle's own manifest; absent: the manifest decides. */
  readonly release: string | null;
  readonly dist: string | null;
  readonly by: string;
}

/** What became of a bundle. */
export interface TakenBundle {
  readonly stored: number;
  readonly duplicates: number;
  /** Scripts that have no map in it. */
  readonly without: readonly string[];
  /** Why single maps were not taken. */
  readonly refused: readonly string[];
}

export interface SourceMapIntakeOptions {
  readonly store: SymbolStore;
  readonly indexer: Pick<Indexer, 'indexMap'>;
  readonly scratch: Scratch;
  readonly maxMapBytes: number;
  /** Told of ids that reports may have missed. */
  readonly arrived: (missed: readonly string[]) => void;
}

const MAX_SOURCES_BYTES = 64 * 1024 * 1024;
const MAX_TOLD = 20;

/** The way of source maps into the store. */
export class SourceMapIntake {
  readonly #options: SourceMapIntakeOptions;

  constructor(options: SourceMapIntakeOptions) {
    this.#options = options;
  }

  /** Rejects with `SymbolsRefused` where nothing of the bundle can be used. What was stored before a fault stays. */
  async take(arrived: ArrivedBundle): Promise<TakenBundle> {
    const { scratch, maxMapBytes } = this.#options;
    const limits = { size: arrived.size, maxFileBytes: maxMapBytes };
    return withArtifactBundle(arrived.file, scratch, limits, async (bundle) => {
      const { scripts, without } = await scriptsOfBundle(bundle.files);
      if (scripts.length === 0) throw new SymbolsRefused('no_maps');
      const release = arrived.release ?? bundle.release;
      const dist = arrived.dist ?? bundle.dist;
      let stored = 0;
      let duplicates = 0;
      const refused: string[] = [];
      for (const script of scripts) {
        try {
          const isNew = await this.#takeScript(script, bundle.files, { ...arrived, release, dist });
          if (isNew) stored += 1;
          else duplicates += 1;
        } catch (error) {
          if (!(error instanceof SymbolsRefused) || error.status === 503) throw error;
          if (refused.length < MAX_TOLD) refused.push(`${script.url}: ${error.message}`);
        }
      }
      if (stored + duplicates === 0) throw new SymbolsRefused('bad_map', `(${refused[0] ?? ''})`);
      return { stored, duplicates, without: without.slice(0, MAX_TOLD), refused };
    });
  }

  async #takeScript(
    script: BundledScript,
    files: readonly BundledFile[],
    arrived: Omit<ArrivedBundle, 'file' | 'size'>,
  ): Promise<boolean> {
    const { scratch, indexer } = this.#options;
    return scratch.withFile((mapFile) =>
      scratch.withFile((unitFile) =>
        scratch.withFile(async (indexFile) => {
          if ('text' in script.map) await writeFile(mapFile, script.map.text, { mode: 0o600 });
          const map = 'text' in script.map ? mapFile : script.map.file;
          const debugId = idOfUuid(script.debugId ?? '') ?? (await idInMap(map));
          await writeUnit({ script: script.script, map, sources: await originals(files) }, unitFile);
          const facts = await indexer.indexMap({ unitFile, indexFile }).catch((error: unknown) => {
            throw new SymbolsRefused('bad_map', `(${(error as Error).message.slice(0, 200)})`);
          });
          const gives = [
            'lines',
            ...(facts.functions === null ? [] : ['functions']),
            ...(facts.sourcesWithContent === 0 ? [] : ['sources']),
          ].join(',');
          return this.#store(script.url, debugId, arrived, { unitFile, indexFile, gives });
        }),
      ),
    );
  }

  /** Under the debug id where there is one; then the release only leads there. */
  async #store(
    url: string,
    debugId: string | null,
    arrived: Omit<ArrivedBundle, 'file' | 'size'>,
    made: { readonly unitFile: string; readonly indexFile: string; readonly gives: string },
  ): Promise<boolean> {
    const { release, dist, account, products, by } = arrived;
    const [only] = products;
    const missed: string[] = [];
    let isNew = false;
    if (debugId !== null) {
      const product = products.length === 1 ? (only ?? null) : null;
      const key = keyOfScript(url, debugId);
      isNew = await this.#put(key, { url, release, dist, product, account, by, alias: null, ...made });
      missed.push(debugId);
    }
    if (release !== null) {
      for (const product of products) {
        const name = { account, product, release };
        const key = keyOfScript(url, idOfReleaseFile(name, dist ?? '', url));
        const files = debugId === null ? made : await this.#aliasFiles(debugId);
        try {
          const added = await this.#put(key, {
            url,
            release,
            dist,
            product,
            account,
            by,
            alias: debugId,
            ...files,
          });
          isNew ||= debugId === null && added;
        } finally {
          if (debugId !== null) await this.#options.scratch.remove(files.unitFile);
        }
        missed.push(missedId(name, url));
      }
    }
    if (missed.length === 0) {
      throw new SymbolsRefused('bad_map', '(it has no debug id, and the upload names no release)');
    }
    this.#options.arrived(missed);
    return isNew;
  }

  async #aliasFiles(
    debugId: string,
  ): Promise<{ readonly unitFile: string; readonly indexFile: string; readonly gives: string }> {
    const file = await this.#options.scratch.newFile();
    await writeFile(file, `${debugId}\n`, { mode: 0o600 });
    return { unitFile: file, indexFile: file, gives: ALIAS };
  }

  async #put(
    key: SymbolKey,
    what: {
      readonly url: string;
      readonly release: string | null;
      readonly dist: string | null;
      readonly product: string | null;
      readonly account: string;
      readonly by: string;
      readonly alias: string | null;
      readonly unitFile: string;
      readonly indexFile: string;
      readonly gives: string;
    },
  ): Promise<boolean> {
    const { url, release, dist, product, account, by, alias } = what;
    try {
      const { kind } = await this.#options.store.putSymbols({
        key,
        facts: {
          os: 'javascript',
          cpu: '',
          codeFile: url,
          codeId: alias,
          generator: release === null ? null : `${release}${dist === null ? '' : ` (${dist})`}`,
          damagedLines: 0,
          hasCfi: false,
          format: SOURCE_MAP_FORMAT,
          gives: what.gives,
        },
        product,
        accounts: [account],
        by,
        source: 'upload',
        textFile: what.unitFile,
        indexFile: what.indexFile,
      });
      return kind === 'stored';
    } catch (error) {
      throw notPut(error);
    }
  }
}

/** Build tools write the id into the map as well; quotes in the texts of a map have a backslash, so that they cannot pass for it. */
async function idInMap(file: string): Promise<string | null> {
  const text = await readFile(file, 'utf8');
  return idOfUuid(/"debug_?[iI]d"\s*:\s*"([0-9a-fA-F-]{32,36})"/.exec(text)?.[1] ?? '');
}

/** Originals beside the scripts, as far as they are not too many. */
async function originals(files: readonly BundledFile[]): Promise<readonly UnitFile[]> {
  const found: UnitFile[] = [];
  let left = MAX_SOURCES_BYTES;
  for (const { kind, url, file } of files) {
    if (kind !== 'source') continue;
    left -= (await readFile(file)).length;
    if (left < 0) break;
    found.push({ url, file });
  }
  return found;
}
