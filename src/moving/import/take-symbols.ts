// Symbol files on their way in: those of an export, of a folder, of a server. They go the way of every upload, and are indexed here.
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PROGUARD_FORMAT, SOURCE_MAP_FORMAT } from '../../process/symbols/source-maps/mapping-formats.ts';
import { symbolKey } from '../../process/symbols/symbol-lookup-key.ts';
import type { SymbolService } from '../../process/symbols/symbol-service.ts';
import { SymbolsRefused } from '../../process/symbols/symbols-refused.ts';
import { StorageError } from '../../store/intake.ts';
import type { Store } from '../../store/store.ts';
import { isSha256 } from '../export/export-format.ts';
import { openBlob } from '../export/open-export.ts';
import { BadRecord, Fields } from '../record-fields.ts';
import type { SourceFolder } from '../source-folder.ts';
import { PRESENT, TAKEN, refused, type Fate } from './import-tally.ts';

const MAX_SHORT = 2000;

export interface SymbolTaker {
  readonly store: Store;
  readonly symbols: SymbolService;
}

/** A symbol file of an export. Throws `BadRecord`, `FileRefused`, and `StorageError` where there is no space. */
export async function takeSymbolRecord(
  { store, symbols }: SymbolTaker,
  folder: SourceFolder,
  value: unknown,
  dryRun: boolean,
): Promise<Fate> {
  const fields = new Fields(value, 'the symbols');
  const key = symbolKey(fields.text('debugFile', MAX_SHORT), fields.text('debugId', 100));
  if (key === null) throw new BadRecord('"debugFile" and "debugId" are no key of symbols');
  const sha256 = fields.text('sha256', 64);
  if (!isSha256(sha256)) throw new BadRecord('"sha256" is none');
  const size = fields.count('size');
  const format = fields.text('format', 100);
  const about = {
    product: fields.maybeText('product', MAX_SHORT),
    by: fields.text('uploadedBy', MAX_SHORT),
    source: fields.text('source', MAX_SHORT),
  };
  const facts = {
    os: fields.text('os', 100),
    codeFile: fields.maybeText('codeFile', MAX_SHORT),
    codeId: fields.maybeText('codeId', MAX_SHORT),
    generator: fields.maybeText('generator', MAX_SHORT),
    gives: fields.text('gives', 200),
  };
  const here = await store.symbols.getSymbols(key);
  // Another content under the key would take its place: what is here is newer.
  if (here !== null) return PRESENT;
  const blob = await openBlob(folder, sha256);
  try {
    if (blob.bytes !== size || size > symbols.maxUploadBytes)
      return refused(size > symbols.maxUploadBytes ? 'too_large' : 'damaged_bytes', `${size} bytes`);
    if (dryRun) return TAKEN;
    return await symbols.scratch.withFile(async (file) => {
      await symbols.scratch.checkSpace(size);
      const hash = createHash('sha256');
      const bytes = blob.handle.createReadStream({ autoClose: false });
      bytes.on('data', (chunk) => hash.update(chunk));
      await pipeline(bytes, createWriteStream(file, { mode: 0o600 }));
      if (hash.digest('hex') !== sha256) return refused('damaged_bytes', 'another SHA-256');
      if (format === SOURCE_MAP_FORMAT || format === PROGUARD_FORMAT) {
        const kind = await symbols.takeMovedMapping({
          key,
          facts: { ...facts, format },
          file,
          size,
          ...about,
        });
        return kind === 'stored' ? TAKEN : PRESENT;
      }
      const claims = { debugFile: key.debugFile, debugId: key.debugId };
      const [first] = await symbols.intake.take({ file, name: key.debugFile, claims, ...about });
      return fateOf(first);
    });
  } catch (error) {
    return refusalOf(error);
  } finally {
    await blob.handle.close();
  }
}

export interface SymbolsOfSource {
  readonly name: string;
  readonly size: number;
  /** Empty: the file itself has to say it. */
  readonly debugFile: string;
  readonly debugId: string;
  readonly product: string | null;
  readonly source: string;
}

/** A symbol file of a folder or server, as it lies there: its own first line, or its place, says whose it is. */
export async function takeSymbolFile(
  { store, symbols }: SymbolTaker,
  bytes: Readable,
  about: SymbolsOfSource,
  dryRun: boolean,
): Promise<Fate> {
  if (about.size > symbols.maxUploadBytes) {
    bytes.destroy();
    return refused('too_large', `${about.size} bytes`);
  }
  const key = symbolKey(about.debugFile, about.debugId);
  // What is here is newer, or the same.
  const isHere = key !== null && (await store.symbols.getSymbols(key)) !== null;
  if (isHere || dryRun) {
    bytes.destroy();
    return isHere ? PRESENT : TAKEN;
  }
  try {
    return await symbols.scratch.withFile(async (file) => {
      await symbols.scratch.checkSpace(about.size);
      await pipeline(bytes, createWriteStream(file, { mode: 0o600 }));
      const { name, debugFile, debugId, product, source } = about;
      const taken = await symbols.intake.take({
        file,
        name,
        claims: debugFile === '' ? {} : { debugFile, debugId },
        product,
        by: 'import',
        source,
      });
      return fateOf(taken.find(({ outcome }) => outcome === 'stored') ?? taken[0]);
    });
  } catch (error) {
    return refusalOf(error);
  }
}

type Taken = Awaited<ReturnType<SymbolService['intake']['take']>>[number];

function fateOf(taken: Taken | undefined): Fate {
  if (taken === undefined || taken.outcome === 'skipped') return refused('not_symbols', '');
  if (taken.outcome === 'refused') return refused(taken.code, taken.detail);
  return taken.outcome === 'stored' ? TAKEN : PRESENT;
}

function refusalOf(error: unknown): Fate {
  if (!(error instanceof SymbolsRefused)) throw error;
  if (error.code === 'no_space') throw new StorageError(error.message, { reason: 'full', cause: error });
  return refused(error.code, error.message);
}
