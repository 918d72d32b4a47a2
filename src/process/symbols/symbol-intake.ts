// Takes an upload that lies in a file into the store: unpacks, finds out whose symbols they are, indexes, stores, and has the
// reports that lacked them processed again. Whatever the door, this is the way in.
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { START_BYTES } from '../../formats/debug-files/debug-file.ts';
import { debugFileFormatOf } from '../../formats/debug-files/registry.ts';
import type { SymbolFileFacts } from '../../formats/symbols/module-symbols.ts';
import { StorageError } from '../../store/intake.ts';
import type { SymbolFile, SymbolKey, SymbolStore, SymbolUpload } from '../../store/symbols.ts';
import { decodeSymbols } from './decode-symbols.ts';
import type { Indexer } from './indexer.ts';
import { givesText, type InspectedImage, storedNameOf } from './read-debug-files.ts';
import type { Scratch } from './scratch.ts';
import { StoredDebugFiles } from './stored-debug-files.ts';
import { GUID_LENGTH, symbolKey } from './symbol-lookup-key.ts';
import { SymbolsRefused, type SymbolRefusal } from './symbols-refused.ts';
import { MAGIC_BYTES, packingOf } from './unpacked.ts';
import { eachZipEntry, type ZipEntry } from './zip-entries.ts';

/** What the client says about a file beside its bytes; each is optional and checked. */
export type SymbolClaims = {
  readonly debugFile?: string;
  readonly debugId?: string;
  readonly codeFile?: string;
  readonly os?: string;
  readonly cpu?: string;
};

/** An upload that has arrived whole. */
export type ArrivedSymbols = {
  /** Path of the file; it stays the caller's. */
  readonly file: string;
  /** As the client names it, for answers only. */
  readonly name: string;
  readonly claims?: SymbolClaims;
  readonly product: string | null;
  readonly by: string;
  /** `upload`, or the upstream server. */
  readonly source: string;
};

/** What became of one symbol file. */
export type TakenSymbols =
  | {
      readonly outcome: 'stored' | 'duplicate';
      readonly name: string;
      readonly symbols: SymbolFile;
      /** Reports that lacked these symbols and are processed again. */
      readonly lacking: number;
    }
  | {
      readonly outcome: 'refused';
      readonly name: string;
      readonly code: SymbolRefusal;
      readonly detail: string;
    }
  /** Nothing that Mayday keeps (`.dl_`, `.txt`, …). */
  | { readonly outcome: 'skipped'; readonly name: string };

export type IntakeOptions = {
  readonly store: SymbolStore;
  readonly indexer: Pick<Indexer, 'index' | 'inspect' | 'indexDebugFiles' | 'convert'>;
  readonly scratch: Scratch;
  /** Bytes of one decoded text. */
  readonly maxTextBytes: number;
  /** Told of symbols that reports wait for. */
  readonly arrived: (symbols: SymbolFile, kind: 'stored' | 'duplicate', lacking: number) => void;
};

const SYMBOL_NAME = /\.sym(\.gz|\.zst)?$/i;
/** Texts of one archive together: as many times its size, and a little more for small ones. */
const ARCHIVE_RATIO = 200;
const ARCHIVE_FREE_BYTES = 64 * 1024 * 1024;

/** The way of symbols into the store. */
export class SymbolIntake {
  private readonly options: IntakeOptions;
  private readonly builds: StoredDebugFiles;

  constructor(options: IntakeOptions) {
    this.options = options;
    this.builds = new StoredDebugFiles(options);
  }

  /**
   * Takes a symbol file, packed or not, or a zip archive of them. A fault of one file of an archive is told for that file;
   * a fault of the whole rejects with `SymbolsRefused`. What was stored before a fault stays: sending again goes on.
   */
  async take(arrived: ArrivedSymbols): Promise<readonly TakenSymbols[]> {
    if (packingOf(await firstBytes(arrived.file)) === 'zip') return this.takeZip(arrived);
    return this.takeFile(createReadStream(arrived.file), arrived, arrived.claims ?? {});
  }

  private async takeZip(arrived: ArrivedSymbols): Promise<readonly TakenSymbols[]> {
    const taken: TakenSymbols[] = [];
    const { size } = await stat(arrived.file);
    let left = size * ARCHIVE_RATIO + ARCHIVE_FREE_BYTES;
    let wanted = 0;
    await eachZipEntry(arrived.file, async (entry) => {
      if (!SYMBOL_NAME.test(entry.name) && !(await isDebugFile(entry))) {
        taken.push({ outcome: 'skipped', name: entry.name });
        return;
      }
      wanted++;
      left -= entry.bytes;
      if (left < 0) throw new SymbolsRefused('compression_ratio');
      taken.push(...(await this.takeEntry(entry, arrived)));
    });
    if (wanted === 0) throw new SymbolsRefused('empty');
    return taken;
  }

  private async takeEntry(entry: ZipEntry, arrived: ArrivedSymbols): Promise<readonly TakenSymbols[]> {
    try {
      return await this.takeFile(
        await entry.open(),
        { ...arrived, name: entry.name },
        claimsOfPath(entry.name),
      );
    } catch (error) {
      if (error instanceof SymbolsRefused) {
        // These are faults of the archive or the server: the rest would fare no better.
        if (['no_space', 'bad_zip', 'compression_ratio', 'text_too_large'].includes(error.code)) throw error;
        return [{ outcome: 'refused', name: entry.name, code: error.code, detail: error.message }];
      }
      // What the zip reader finds wrong in the middle of a stream has no code; what the disk does, has.
      if ((error as NodeJS.ErrnoException).code === undefined) {
        throw new SymbolsRefused('bad_zip', `(${(error as Error).message.slice(0, 200)})`);
      }
      throw error;
    }
  }

  private async takeFile(
    stream: Readable,
    arrived: ArrivedSymbols,
    claims: SymbolClaims,
  ): Promise<readonly TakenSymbols[]> {
    const { scratch, maxTextBytes } = this.options;
    return scratch.withFile(async (textFile) => {
      await decodeSymbols(stream, textFile, {
        maxBytes: maxTextBytes,
        checkSpace: () => scratch.checkSpace(0),
      });
      const start = await firstBytes(textFile, START_BYTES);
      return debugFileFormatOf(start) === null
        ? [await this.takeText(textFile, arrived, claims)]
        : this.takeDebugFile(textFile, arrived, claims);
    });
  }

  /** Takes a debug file as a compiler made it: each of its images under its own id. */
  private async takeDebugFile(
    file: string,
    arrived: ArrivedSymbols,
    claims: SymbolClaims,
  ): Promise<readonly TakenSymbols[]> {
    const { indexer } = this.options;
    const unusable = (error: unknown): never => {
      throw new SymbolsRefused('unusable', `(${(error as Error).message.slice(0, 200)})`);
    };
    const images = await indexer.inspect({ file, name: arrived.name }).catch(unusable);
    const taken: TakenSymbols[] = [];
    for (const image of images) {
      if (image.ids.debugId === null) continue;
      taken.push(
        await this.takeImage(file, image, arrived, claims).catch((error: unknown) => {
          if (error instanceof SymbolsRefused) throw error;
          return unusable(error);
        }),
      );
    }
    if (taken.length === 0) {
      throw new SymbolsRefused(
        'bad_id',
        '(the file has no id: split debug information, or nothing that could have one)',
      );
    }
    return taken;
  }

  private async takeImage(
    file: string,
    image: InspectedImage,
    arrived: ArrivedSymbols,
    claims: SymbolClaims,
  ): Promise<TakenSymbols> {
    const { scratch, store } = this.options;
    const { ids } = image;
    const claimedId = claims.debugId?.replaceAll('-', '').toUpperCase() ?? '';
    if (claimedId !== '' && claimedId !== ids.debugId) {
      throw new SymbolsRefused('id_mismatch', `(${ids.debugId ?? ''}, and ${claimedId.slice(0, 64)})`);
    }
    const name = storedNameOf(image, arrived.name);
    const key = symbolKey(name, ids.debugId ?? '');
    if (key === null) throw new SymbolsRefused('bad_id');
    return scratch.withFile(async (indexFile) => {
      const { facts, others } = await this.builds.indexWith({ file, name: key.debugFile, image }, indexFile);
      const { kind, symbols, lacking } = await this.put({
        key,
        facts: {
          os: ids.os,
          cpu: ids.cpu,
          codeFile: ids.codeFile ?? (image.isDebugOnly ? null : name),
          codeId: ids.codeId,
          generator: facts.generator,
          damagedLines: 0,
          hasCfi: facts.cfiRanges + facts.winRanges > 0,
          format: image.format,
          gives: givesText(image.gives),
        },
        product: arrived.product,
        by: arrived.by,
        source: arrived.source,
        textFile: file,
        indexFile,
      });
      for (const other of others) await store.replaceIndex(other, indexFile);
      if (lacking > 0) this.options.arrived(symbols, kind, lacking);
      return { outcome: kind, name: arrived.name, symbols, lacking };
    });
  }

  private async takeText(
    textFile: string,
    arrived: ArrivedSymbols,
    claims: SymbolClaims,
  ): Promise<TakenSymbols> {
    const { scratch, indexer } = this.options;
    return scratch.withFile(async (indexFile) => {
      const facts = await indexer.index({ textFile, indexFile }).catch((error: unknown) => {
        throw new SymbolsRefused('unusable', `(${(error as Error).message.slice(0, 200)})`);
      });
      const { kind, symbols, lacking } = await this.put({
        key: keyOf(facts, claims),
        facts: {
          os: facts.os ?? claims.os ?? '',
          cpu: facts.cpu ?? claims.cpu ?? '',
          codeFile: facts.codeFile ?? emptyToNull(claims.codeFile),
          codeId: facts.codeId,
          generator: facts.generator,
          damagedLines: facts.skippedLines,
          hasCfi: facts.cfiRanges + facts.winRanges > 0,
        },
        product: arrived.product,
        by: arrived.by,
        source: arrived.source,
        textFile,
        indexFile,
      });
      if (lacking > 0) this.options.arrived(symbols, kind, lacking);
      return { outcome: kind, name: arrived.name, symbols, lacking };
    });
  }

  private async put(upload: SymbolUpload): ReturnType<SymbolStore['putSymbols']> {
    try {
      return await this.options.store.putSymbols(upload);
    } catch (error) {
      // A name that is longer than the store's files can be called.
      if (error instanceof RangeError) throw new SymbolsRefused('bad_id');
      if (error instanceof StorageError && error.reason === 'full') throw new SymbolsRefused('no_space');
      throw error;
    }
  }
}

/** What a place in a symbol tree says: `<debug file>/<id>/<name>.sym`. Other places say nothing, the MODULE line does. */
function claimsOfPath(name: string): SymbolClaims {
  const parts = name.split('/').slice(-3);
  const [debugFile, debugId] = parts;
  if (parts.length !== 3 || debugFile === undefined || debugId === undefined) return {};
  // Trees may also be laid out by code id, which says nothing about the debug id.
  return debugId.length >= GUID_LENGTH && symbolKey(debugFile, debugId) !== null
    ? { debugFile, debugId }
    : {};
}

/** Under which key to store: the claimed one, where the file does not contradict it. */
function keyOf(facts: SymbolFileFacts, claims: SymbolClaims): SymbolKey {
  const says = facts.functions + facts.publics + facts.cfiRanges + facts.winRanges > 0;
  // Any text can be "indexed": every line of it is skipped. Without MODULE only what the form vouches for is taken.
  if (facts.os === null && !says) throw new SymbolsRefused('not_symbols');
  const claimedId = claims.debugId?.replaceAll('-', '').toUpperCase() ?? '';
  if (claimedId !== '' && facts.debugId !== null && facts.debugId.toUpperCase() !== claimedId) {
    throw new SymbolsRefused('id_mismatch', `(${facts.debugId}, and ${claimedId.slice(0, 64)})`);
  }
  const key = symbolKey(
    emptyToNull(claims.debugFile) ?? facts.debugFile ?? '',
    claimedId || (facts.debugId ?? ''),
  );
  if (key === null) throw new SymbolsRefused('bad_id');
  return key;
}

function emptyToNull(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}

/** Tells by its first bytes; `.dwo` files and the like are told apart later. */
async function isDebugFile(entry: ZipEntry): Promise<boolean> {
  const stream = await entry.open();
  try {
    let start = Buffer.alloc(0);
    for await (const chunk of stream) {
      start = Buffer.concat([start, chunk as Buffer]);
      if (start.length >= START_BYTES) break;
    }
    return debugFileFormatOf(start.subarray(0, START_BYTES)) !== null;
  } catch {
    // A damaged entry is told about where it is one of symbols.
    return false;
  } finally {
    stream.destroy();
  }
}

async function firstBytes(file: string, count = MAGIC_BYTES): Promise<Uint8Array> {
  const handle = await open(file);
  try {
    const bytes = new Uint8Array(count);
    const { bytesRead } = await handle.read(bytes, 0, count, 0);
    if (bytesRead === 0) throw new SymbolsRefused('empty');
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
