// What `mayday import` does: finds out what the source is, takes it in, and has it processed.
import { lstat, stat } from 'node:fs/promises';
import path from 'node:path';
import { createSymbols, openStore, startProcess, type Surroundings } from '../app/compose.ts';
import { makeDataFolder } from '../app/data-folder.ts';
import { openLocalIntake, reportLimits, SETTING_CHECKS } from '../app/moving.ts';
import { faultOfExport } from '../moving/export/open-export.ts';
import { MANIFEST_NAME, type ExportManifest } from '../moving/export/export-format.ts';
import { readManifest } from '../moving/export/read-manifest.ts';
import { takeBugs, takeRecords, type ExportTaker } from '../moving/import/import-export.ts';
import { takeSource } from '../moving/import/import-source.ts';
import { ImportTally, type ImportSummary } from '../moving/import/import-tally.ts';
import { takeSymbolFile, takeSymbolRecord } from '../moving/import/take-symbols.ts';
import { FileRefused, SourceFolder, SourceRefused } from '../moving/source-folder.ts';
import { SOURCES } from '../moving/sources/source-registry.ts';
import { SYMBOL_SERVER, symbolServer } from '../moving/sources/symbol-server.ts';
import type { Source, SourcePlace } from '../moving/sources/source.ts';
import type { SymbolService } from '../process/symbols/symbol-service.ts';
import { StorageError } from '../store/intake.ts';
import type { Store } from '../store/store.ts';
import type { LocalHome } from '../submit/local-intake.ts';
import { auditCommand } from './audit-command.ts';
import type { CommandIo } from './command.ts';
import { Progress } from './terminal-progress.ts';

const POLL_MS = 200;
const MEBIBYTE = 1024 * 1024;
/** What `--from` calls an export of Mayday. */
const OWN = 'mayday';

/** Every name that `--from` takes. */
export const SOURCE_NAMES: readonly string[] = [OWN, ...SOURCES.map(({ name }) => name), SYMBOL_SERVER];

export interface ImportOptions {
  readonly source: string;
  /** Null: it is found out. */
  readonly from: string | null;
  /** The product that reports of a foreign source go to; null: what they say themselves. */
  readonly home: LocalHome | null;
  readonly dryRun: boolean;
  readonly people: boolean;
  readonly queueOnly: boolean;
  readonly quiet: boolean;
}

export interface ImportEnding {
  /** What the source was taken for. */
  readonly from: string;
  readonly summary: ImportSummary;
  /** Why it ended before its end, a sentence; null: it is done. */
  readonly stopped: string | null;
}

export interface ImportRun {
  readonly surroundings: Surroundings;
  readonly io: CommandIo;
  readonly isInterrupted: () => boolean;
}

/** What the source turned out to be. */
type Found =
  | { readonly is: 'export'; readonly folder: SourceFolder; readonly manifest: ExportManifest }
  | { readonly is: 'foreign'; readonly source: Source; readonly place: SourcePlace }
  | { readonly is: 'server'; readonly url: string };

/** Throws `SourceRefused` before anything is opened or made here. */
export async function runImport(options: ImportOptions, run: ImportRun): Promise<ImportEnding> {
  const found = await findSource(options, run);
  if (found.is === 'export') {
    const examining = progressOf('Examining', options, run);
    const fault = await faultOfExport(found.folder, found.manifest, examining.show);
    examining.end();
    if (fault !== null) throw new SourceRefused(fault);
  }
  const { surroundings, isInterrupted } = run;
  makeDataFolder(surroundings.config.CRASH_REPORTS_DIR);
  const store = await openStore(surroundings);
  const symbols = createSymbols(store, surroundings);
  const tally = new ImportTally();
  const from = found.is === 'export' ? OWN : found.is === 'server' ? SYMBOL_SERVER : found.source.name;
  try {
    if (!options.dryRun)
      await auditCommand(store, 'import', { object: options.source.slice(0, 300), detail: { from } });
    const taken = await takeFound(found, { store, symbols, tally }, options, run);
    let stopped = isInterrupted() ? INTERRUPTED : null;
    if (stopped === null && !options.dryRun && !options.queueOnly) {
      // Reports that lacked symbols which came now are to be processed with them.
      await symbols.settled();
      await processAll(store, symbols, run, progressOf('Processing', options, run));
      stopped = isInterrupted() ? INTERRUPTED : null;
      if (stopped === null) await taken.afterwards();
    }
    return { from, summary: tally.summary(), stopped };
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return {
      from,
      summary: tally.summary(),
      stopped: `The store can keep no more: ${error.message}. What was taken in stays; make room, and give the same command again to go on.`,
    };
  } finally {
    await symbols.close();
    await store.close();
  }
}

const INTERRUPTED = 'Interrupted. What was taken in stays; give the same command again to go on.';

function progressOf(label: string, { quiet }: ImportOptions, { io }: ImportRun) {
  const progress = new Progress(io, label);
  return {
    show: (done: number, total: number) => {
      if (!quiet) progress.show(done, total);
    },
    end: () => progress.end(),
  };
}

async function findSource({ source, from }: ImportOptions, { surroundings }: ImportRun): Promise<Found> {
  if (/^https?:\/\//i.test(source)) {
    if (from !== null && from !== SYMBOL_SERVER)
      throw new SourceRefused(`${source} can only be a symbol server`);
    return { is: 'server', url: source };
  }
  const file = await stat(source).catch(() => null);
  if (file === null) {
    const isLink = (await lstat(source).catch(() => null)) !== null;
    throw new SourceRefused(isLink ? `${source} is a link that leads nowhere` : `There is no ${source}`);
  }
  if (!file.isDirectory() && !file.isFile())
    throw new SourceRefused(`${source} is neither a folder nor a file`);
  const isFile = file.isFile();
  const folder = await SourceFolder.open(isFile ? path.dirname(source) : source);
  if (!isFile && (from === OWN || (from === null && (await folder.has(MANIFEST_NAME))))) {
    if (!(await folder.has(MANIFEST_NAME)))
      throw new SourceRefused(`${source} holds no export: there is no ${MANIFEST_NAME}`);
    const read = await readManifest(folder.dir);
    if ('problem' in read) throw new SourceRefused(read.problem);
    return { is: 'export', folder, manifest: read.manifest };
  }
  const place: SourcePlace = {
    folder,
    file: isFile ? path.basename(source) : null,
    maxBytes: surroundings.config.MAX_UPLOAD_SIZE_MB * MEBIBYTE,
  };
  const chosen = SOURCES.find(({ name }) => name === from) ?? null;
  if (chosen !== null) return { is: 'foreign', source: chosen, place };
  if (isFile) {
    const archive = await archiveKind(place);
    if (archive !== null)
      throw new SourceRefused(`${source} is an archive (${archive}); unpack it into a folder, and name that`);
  }
  for (const one of SOURCES) if (await looksLike(one, place)) return { is: 'foreign', source: one, place };
  throw new SourceRefused(
    `${source} is nothing that an import knows by itself; say what it is with --from (${SOURCE_NAMES.join(', ')})`,
  );
}

/** A link, or what cannot be read, where a source looks for its own file says nothing for it, and nothing against the others. */
async function looksLike(source: Source, place: SourcePlace): Promise<boolean> {
  try {
    return await source.detect(place);
  } catch (error) {
    if (error instanceof FileRefused) return false;
    throw error;
  }
}

const ARCHIVES: readonly (readonly [kind: string, magic: Buffer, at: number])[] = [
  ['zip', Buffer.from('PK'), 0],
  ['gzip', Buffer.from([0x1f, 0x8b]), 0],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), 0],
  ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a]), 0],
  ['bzip2', Buffer.from('BZh'), 0],
  ['tar', Buffer.from('ustar'), 257],
];

async function archiveKind({ folder, file }: SourcePlace): Promise<string | null> {
  const { handle } = await folder.open(file ?? '');
  try {
    const { buffer } = await handle.read(Buffer.alloc(512), 0, 512, 0);
    return (
      ARCHIVES.find(([, magic, at]) => magic.equals(buffer.subarray(at, at + magic.length)))?.[0] ?? null
    );
  } finally {
    await handle.close();
  }
}

/** Takes everything in; `afterwards` is for when it is processed. */
async function takeFound(
  found: Found,
  {
    store,
    symbols,
    tally,
  }: { readonly store: Store; readonly symbols: SymbolService; readonly tally: ImportTally },
  options: ImportOptions,
  run: ImportRun,
): Promise<{ readonly afterwards: () => Promise<void> }> {
  const { surroundings, isInterrupted } = run;
  const { home, dryRun } = options;
  const taking = progressOf('Import', options, run);
  try {
    if (found.is === 'export') {
      const taker: ExportTaker = {
        store,
        folder: found.folder,
        manifest: found.manifest,
        tally,
        limits: reportLimits(surroundings.config),
        dryRun,
        people: options.people,
        ...SETTING_CHECKS,
        takeSymbols: (from, value, dry) => takeSymbolRecord({ store, symbols }, from, value, dry),
        progress: taking.show,
        isInterrupted,
      };
      await takeRecords(taker);
      return { afterwards: () => takeBugs(taker) };
    }
    const { source, place } =
      found.is === 'foreign'
        ? found
        : { source: symbolServer(found.url, store.symbols, symbols.maxUploadBytes), place: NOWHERE };
    const ofNameless = { account: 'default', product: surroundings.config.DEFAULT_PRODUCT };
    const target = home ?? (source.isNameless === true ? ofNameless : null);
    const intake = await openLocalIntake(store, surroundings, { home: target, dryRun });
    await takeSource({
      source,
      place,
      intake,
      tally,
      takeSymbols: (bytes, about) =>
        takeSymbolFile({ store, symbols }, bytes, { ...about, product: home?.product ?? null }, dryRun),
      progress: taking.show,
      isInterrupted,
    });
    return { afterwards: async () => undefined };
  } finally {
    taking.end();
  }
}

/** A server is no folder. */
const NOWHERE = {} as SourcePlace;

/** Processes what waits, beside the servers where some run. */
async function processAll(
  store: Store,
  symbols: SymbolService,
  { surroundings, isInterrupted }: ImportRun,
  progress: { show: (done: number, total: number) => void; end: () => void },
): Promise<void> {
  const first = await store.queue.counts();
  const total = first.queued + first.leased;
  if (total === 0 || first.paused) return;
  const processor = await startProcess(store, surroundings, { symbols: symbols.source });
  try {
    for (;;) {
      const { queued, leased, paused } = await store.queue.counts();
      const left = Math.min(total, queued + leased);
      progress.show(total - left, total);
      if (left === 0 || paused || isInterrupted()) break;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  } finally {
    progress.end();
    await processor.close();
  }
}
