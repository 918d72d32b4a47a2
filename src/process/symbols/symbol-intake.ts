// Takes an upload that lies in a file into the store: unpacks, finds out whose symbols they are, indexes, stores, and has the
// reports that lacked them processed again. Whatever the endpoint, this is the way in.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { START_BYTES } from '../../formats/debug-files/debug-file.ts';
import { debugFileFormatOf } from '../../formats/debug-files/registry.ts';
import type { SymbolFile, SymbolKey, SymbolStore, SymbolUpload, WantedFile } from '../../store/symbols.ts';
import { decodeSymbols } from './decode-symbols.ts';
import type { Indexer } from './indexer.ts';
import { notPut } from './not-put.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { type InspectedImage, storedNameOf } from './read-debug-files.ts';
import type { Scratch } from './scratch.ts';
import { StoredDebugFiles } from './stored-debug-files.ts';
import { claimsOfPath, emptyToNull, idOf, keyOf, type SymbolClaims } from './symbol-claims.ts';
import { symbolKey } from './symbol-lookup-key.ts';
import { buildIdOf, lackingParts, partsOfImage, partsOfText, wantsOf } from './symbol-parts.ts';
import { SymbolsRefused, type SymbolRefusal } from './symbols-refused.ts';
import { MAGIC_BYTES, packingOf } from './unpacked.ts';
import type { Owners } from './usable-symbols.ts';
import { eachZipEntry, type ZipEntry } from './zip-entries.ts';

/** An upload that has arrived whole. */
export type ArrivedSymbols = {
  /** Path of the file; it stays the caller's. */
  readonly file: string;
  /** As the client names it, for answers only. */
  readonly name: string;
  readonly claims?: SymbolClaims;
  readonly product: string | null;
  /** Whose they are from now on; absent: nobody's, and so everybody's where an upstream server gave them. */
  readonly accounts?: readonly string[];
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
      /** Reports of the uploader's accounts that lacked these symbols and are processed again. */
      readonly lacking: number;
      /** What the build still lacks, all files of this upload counted: which file would give it. */
      readonly wanting: readonly WantedFile[];
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
  readonly arrived: (
    symbols: SymbolFile,
    /** `duplicate`: whoever has it now had it before. */
    kind: 'stored' | 'duplicate',
    /** Whose reports may be waiting; none: everybody's. */
    accounts: readonly string[],
  ) => void;
};

const SYMBOL_NAME = /\.sym(\.gz|\.zst)?$/i;
/** Texts of one archive together: as many times its size, and a little more for small ones. */
const ARCHIVE_RATIO = 200;
const ARCHIVE_FREE_BYTES = 64 * 1024 * 1024;

/** `MSCF`: what symbol servers of Microsoft keep as `app.pd_`. */
const CABINET = [0x4d, 0x53, 0x43, 0x46];
const CABINET_ADVICE = '(the file is a cabinet, as `app.pd_` is: unpack it with `expand` first)';

/** The way of symbols into the store. */
export class SymbolIntake {
  private readonly options: IntakeOptions;
  private readonly builds: StoredDebugFiles;
  private readonly ofBuilds = new OneAtATime();

  constructor(options: IntakeOptions) {
    this.options = options;
    this.builds = new StoredDebugFiles(options);
  }

  /**
   * Takes a symbol file, packed or not, or a zip archive of them. A fault of one file of an archive is told for that file;
   * a fault of the whole rejects with `SymbolsRefused`. What was stored before a fault stays: sending again goes on.
   */
  async take(arrived: ArrivedSymbols): Promise<readonly TakenSymbols[]> {
    const isZip = packingOf(await firstBytes(arrived.file)) === 'zip';
    const taken = isZip
      ? await this.takeZip(arrived)
      : await this.takeFile(createReadStream(arrived.file), arrived, arrived.claims ?? {});
    return this.withWanting(taken, arrived.accounts);
  }

  /** What the builds of taken files lack now: to be asked when all files of an upload are in, since any may be the other half. */
  async withWanting(
    taken: readonly TakenSymbols[],
    accounts: readonly string[] = [],
  ): Promise<readonly TakenSymbols[]> {
    const theirs = accounts.length === 0 ? this.options.store : this.filesOf(accounts);
    const told: TakenSymbols[] = [];
    for (const one of taken) {
      told.push(
        'symbols' in one ? { ...one, wanting: await this.wanting(one.symbols.debugId, theirs) } : one,
      );
    }
    return told;
  }

  /** The files that accounts have, and everybody's. */
  private filesOf(accounts: readonly string[]): Pick<SymbolStore, 'findByDebugId'> {
    const { store } = this.options;
    return { findByDebugId: (debugId) => store.findByDebugId(debugId, accounts) };
  }

  /** What is lacking of the build with an id, as far as its files tell that whoever asks may see. */
  async wanting(debugId: string, store: Pick<SymbolStore, 'findByDebugId'>): Promise<readonly WantedFile[]> {
    const files = await store.findByDebugId(debugId);
    const shared = new Set<string>();
    for (const { gives, debugId: id } of files.flatMap(({ wants }) => wants)) {
      if (gives === 'shared' && (await store.findByDebugId(id)).length > 0) shared.add(id);
    }
    return lackingParts(files, shared);
  }

  private async takeZip(arrived: ArrivedSymbols): Promise<readonly TakenSymbols[]> {
    const taken: TakenSymbols[] = [];
    const { size } = await stat(arrived.file);
    let left = size * ARCHIVE_RATIO + ARCHIVE_FREE_BYTES;
    let wanted = 0;
    await eachZipEntry(arrived.file, async (entry) => {
      if (!entry.leadsOut && !SYMBOL_NAME.test(entry.name) && !(await isDebugFile(entry))) {
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
      if (CABINET.every((byte, at) => start[at] === byte))
        throw new SymbolsRefused('unusable', CABINET_ADVICE);
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
    // Of a file for several CPUs the one that was meant counts, where the upload says which.
    const claimed = idOf(claims);
    const meant = images.filter((image) => buildIdOf(image) === claimed);
    for (const image of meant.length > 0 ? meant : images) {
      if (buildIdOf(image) === null) continue;
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
    const buildId = buildIdOf(image) ?? '';
    const claimedId = idOf(claims);
    if (claimedId !== '' && claimedId !== buildId) {
      throw new SymbolsRefused('id_mismatch', `(${buildId}, and ${claimedId.slice(0, 64)})`);
    }
    const key = symbolKey(storedNameOf(image, arrived.name), buildId);
    if (key === null) throw new SymbolsRefused('bad_id');
    return this.ofBuilds.run(buildId, () => this.putImage({ file, image, key }, arrived));
  }

  private async putImage(
    {
      file,
      image,
      key: own,
    }: { readonly file: string; readonly image: InspectedImage; readonly key: SymbolKey },
    arrived: ArrivedSymbols,
  ): Promise<TakenSymbols> {
    const { scratch, store } = this.options;
    const { ids } = image;
    // A text of this name may give more than the program: both stay, and lookups go on with the text.
    const isText = (await store.getSymbols(own))?.format === 'sym';
    const key = isText ? { ...own, debugFile: `${own.debugFile}.${image.format.toLowerCase()}` } : own;
    return scratch.withFile(async (indexFile) => {
      const accounts = arrived.accounts ?? [];
      const { isSame, owners, isNew } = await this.ownersWith(key, file, accounts);
      const {
        facts: read,
        others,
        wider,
      } = await this.builds.indexWith({ file, name: key.debugFile, image }, indexFile, owners);
      const facts = {
        hasCfi: read.cfiRanges + read.winRanges > 0,
        gives: partsOfImage(image, read),
        wants: wantsOf(image, own.debugFile),
      };
      // What came again may have been indexed by an older reader, or before its other half was there; and an account that has it from now on
      // must find no names in its index of files that it does not have, at no moment.
      if (isSame) await store.replaceIndex(key, indexFile, facts);
      const { kind, symbols, lacking, lackingTheirs } = await this.put({
        key,
        facts: {
          os: ids.os,
          cpu: ids.cpu,
          codeFile: ids.codeFile ?? (image.isDebugOnly ? null : own.debugFile),
          codeId: ids.codeId,
          generator: read.generator,
          damagedLines: 0,
          format: image.format,
          ...facts,
        },
        product: arrived.product,
        accounts,
        by: arrived.by,
        source: arrived.source,
        textFile: file,
        indexFile,
      });
      for (const other of others) await store.replaceIndex(other, indexFile, { hasCfi: facts.hasCfi });
      await this.indexAnew(wider);
      if (lacking > 0) this.options.arrived(symbols, isNew ? 'stored' : kind, accounts);
      if (isNew || kind === 'stored') await this.indexThoseWanting(key.debugId);
      return { outcome: kind, name: arrived.name, symbols, lacking: lackingTheirs, wanting: [] };
    });
  }

  /** Builds that wanted a shared file are indexed anew with it. */
  private async indexThoseWanting(debugId: string): Promise<void> {
    const wanting = await this.options.store.findWanting(debugId);
    await this.indexAnew(wanting.filter((row) => row.debugId !== debugId));
  }

  /** One index for all files of a build that the same accounts have. */
  private async indexAnew(rows: readonly SymbolFile[]): Promise<void> {
    const { store, scratch } = this.options;
    const builds = new Map<string, SymbolFile>();
    for (const row of rows) builds.set(`${row.debugId}/${String(await store.accountsOf(row))}`, row);
    for (const row of builds.values()) {
      await scratch.withFile(async (indexFile) => {
        for (const { key, facts } of await this.builds.index(row, indexFile)) {
          await store.replaceIndex(key, indexFile, facts);
        }
      });
    }
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
      const key = keyOf(facts, claims);
      const accounts = arrived.accounts ?? [];
      const { isNew } = await this.ownersWith(key, textFile, accounts);
      const { kind, symbols, lacking, lackingTheirs } = await this.put({
        key,
        facts: {
          os: facts.os ?? claims.os ?? '',
          cpu: facts.cpu ?? claims.cpu ?? '',
          codeFile: facts.codeFile ?? emptyToNull(claims.codeFile),
          codeId: facts.codeId,
          generator: facts.generator,
          damagedLines: facts.skippedLines,
          hasCfi: facts.cfiRanges + facts.winRanges > 0,
          gives: partsOfText(facts),
        },
        product: arrived.product,
        accounts,
        by: arrived.by,
        source: arrived.source,
        textFile,
        indexFile,
      });
      if (lacking > 0) this.options.arrived(symbols, isNew ? 'stored' : kind, accounts);
      return { outcome: kind, name: arrived.name, symbols, lacking: lackingTheirs, wanting: [] };
    });
  }

  /** Who has a file when it is stored for these accounts: also those that have the same content. `isNew`: some had not. */
  private async ownersWith(
    key: SymbolKey,
    file: string,
    accounts: readonly string[],
  ): Promise<{ readonly isSame: boolean; readonly owners: Owners; readonly isNew: boolean }> {
    const { store } = this.options;
    const present = await store.getSymbols(key);
    const isSame = present !== null && present.sha256 === (await sha256Of(file));
    const before = isSame ? await store.accountsOf(present) : [];
    // What an upstream server gave stays everybody's.
    if (before === null) return { isSame, owners: null, isNew: false };
    const owners = [...new Set([...before, ...accounts])];
    return { isSame, owners, isNew: owners.length > before.length };
  }

  private async put(upload: SymbolUpload): ReturnType<SymbolStore['putSymbols']> {
    try {
      return await this.options.store.putSymbols(upload);
    } catch (error) {
      throw notPut(error);
    }
  }
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

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
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
