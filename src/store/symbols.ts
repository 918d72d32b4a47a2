// Store contract: symbol files by debug file and debug id, and what reports lack.
import type { Readable } from 'node:stream';
import type { Page, PageRequest, Within } from './reports.ts';

/** What names a symbol file, as clients spell it. Checked: no path can be made of it that leaves its place. */
export interface SymbolKey {
  readonly debugFile: string;
  /** 33 or more hexadecimal digits, upper case. */
  readonly debugId: string;
}

/** A file of the same build, or one that it shares, which would give what a debug file does not give itself. */
export interface WantedFile {
  /** `functions`: debug information. `unwind`: rows, of the program. `shared`: texts that were moved out of several files. */
  readonly gives: 'functions' | 'unwind' | 'shared';
  /** As the file that wants it calls it, or as such files are called. */
  readonly file: string;
  readonly debugId: string;
}

export interface SymbolFile extends SymbolKey {
  readonly os: string;
  readonly cpu: string;
  readonly codeFile: string | null;
  readonly codeId: string | null;
  readonly generator: string | null;
  /** Product that the upload named; null: any. */
  readonly product: string | null;
  readonly uploadedAt: number;
  readonly uploadedBy: string;
  /** Bytes of the content, of its stored form, and of the index. */
  readonly textBytes: number;
  readonly storedBytes: number;
  readonly indexBytes: number;
  readonly sha256: string;
  /** Lines that could not be read. */
  readonly damagedLines: number;
  readonly hasCfi: boolean;
  /** `sym`: the text of a symbol file; else the container of a debug file (`ELF`, …), which is stored as it came. */
  readonly format: string;
  /** What it gives: `functions`, `lines`, `inlines`, `names`, `unwind`, with commas. */
  readonly gives: string;
  /** What a debug file lacks, whether or not that has arrived; empty for texts. */
  readonly wants: readonly WantedFile[];
  /** `upload`, or the upstream server that it came from. */
  readonly source: string;
  readonly lastUsedAt: number | null;
}

/** A module whose symbols stored reports lack. */
export interface MissingSymbol extends SymbolKey {
  readonly codeFile: string | null;
  readonly codeId: string | null;
  readonly reports: number;
  readonly lastSeenAt: number;
}

export interface SymbolFilter {
  /** Of these accounts, or from an upstream server, which is for everybody. */
  readonly accounts?: readonly string[];
  readonly text?: string;
  readonly product?: string;
  /** Only files for addresses, or only mappings of scripts and classes; absent: both. */
  readonly holds?: 'symbols' | 'mappings';
  /** Uploaded, and last used, before. */
  readonly olderThan?: number;
  readonly order?: 'newest' | 'largest' | 'name';
}

/** A symbol file on its way into the store. The two files are the caller's: the store copies them, the caller removes them. */
export interface SymbolUpload {
  readonly key: SymbolKey;
  /** What the file says about itself. */
  readonly facts: Pick<
    SymbolFile,
    'os' | 'cpu' | 'codeFile' | 'codeId' | 'generator' | 'damagedLines' | 'hasCfi'
  > &
    Partial<Pick<SymbolFile, 'format' | 'gives' | 'wants'>>;
  readonly product: string | null;
  /** Whose they are from now on, too; empty: nobody's, because they came from an upstream server. */
  readonly accounts?: readonly string[];
  readonly by: string;
  readonly source: string;
  /** Path of the decoded text, or of the debug file. */
  readonly textFile: string;
  /** Path of the index that `formats/symbols` made of it. */
  readonly indexFile: string;
}

/** What a new index of the same content tells anew. */
export type RenewedFacts = Partial<Pick<SymbolFile, 'hasCfi' | 'gives' | 'wants' | 'damagedLines'>>;

/**
 * Another content lies under the key, and accounts beside the uploader's have it. What no account has (it came from an upstream server) is
 * everybody's. An upload without accounts is the server's own, and takes nothing away from an account.
 */
export class SymbolsOfOthers extends Error {
  constructor() {
    super('another content of another account lies under this key');
    this.name = 'SymbolsOfOthers';
  }
}

export interface SymbolStore {
  /**
   * Stores a text with its index, durably; `duplicate` where the same content is there. Another content under the same key
   * replaces it: readers of the old index that have it open go on. Throws `StorageError`, a `RangeError` where the key is none, or
   * `SymbolsOfOthers`.
   */
  putSymbols(upload: SymbolUpload): Promise<{
    readonly kind: 'stored' | 'duplicate';
    readonly symbols: SymbolFile;
    /** Stored reports that lacked these symbols, as `findForReprocess({ missingDebugId })` finds them. */
    readonly lacking: number;
    /** Those among them that are of the upload's accounts: no others may be told to whoever uploads. */
    readonly lackingTheirs: number;
  }>;
  /** Whether anybody beside these accounts has the file (see `SymbolsOfOthers`). */
  isOfOthers(key: SymbolKey, accounts: readonly string[]): Promise<boolean>;
  getSymbols(key: SymbolKey): Promise<SymbolFile | null>;
  /** Whose a file is; null: everybody's. Empty where there is none. */
  accountsOf(key: SymbolKey): Promise<readonly string[] | null>;
  /** The newest with a code id. `accounts`: of those that these may use: theirs, and everybody's (`isUsable`). */
  findByCodeId(codeFile: string, codeId: string, accounts?: readonly string[]): Promise<SymbolFile | null>;
  /** Everything with a debug id, whatever its name, in the order of arrival (at most 16); `accounts`: as above. */
  findByDebugId(debugId: string, accounts?: readonly string[]): Promise<readonly SymbolFile[]>;
  /** Debug files that want a shared file with this id (at most 64). */
  findWanting(debugId: string): Promise<readonly SymbolFile[]>;
  /** The content as it was uploaded: a text, or a debug file. */
  openText(key: SymbolKey): Promise<Readable | null>;
  /**
   * Puts another index in the place of the present one, with what is known better now; false where there are no symbols. Who has the
   * present one open reads on.
   */
  replaceIndex(key: SymbolKey, indexFile: string, facts?: RenewedFacts): Promise<boolean>;
  /**
   * Path of the index file for worker threads to read by `pread`; null where there are no symbols. The file can go at any moment
   * (symbols are replaced and deleted, a cache makes room): who has it open reads on, who finds no file asks once more.
   */
  indexPath(key: SymbolKey): Promise<string | null>;
  listSymbols(filter: SymbolFilter, page: PageRequest): Promise<Page<SymbolFile>>;
  deleteSymbols(key: SymbolKey): Promise<boolean>;
  /** Accounts give a file up; it is deleted where nobody has it any more. False: none of them had it. */
  giveUpSymbols(key: SymbolKey, accounts: readonly string[]): Promise<boolean>;
  /**
   * Retention: deletes all that the filter finds; gives how many. With `accounts`: of those that are theirs alone, and what others have,
   * too, they give up; with `nobodys` also what no account has.
   */
  deleteMatching(
    filter: Pick<SymbolFilter, 'product' | 'olderThan' | 'accounts'> & { readonly nobodys?: boolean },
  ): Promise<number>;
  /** Notes that these were used now (kept to the hour). */
  used(keys: readonly SymbolKey[]): Promise<void>;
  /** What stored reports lack, by how many of them do. */
  listMissing(limit: number, within?: Within): Promise<readonly MissingSymbol[]>;
  /** How many symbol files there are of each of these debug files, whatever their ids; files without any are absent. */
  countBuilds(
    debugFiles: readonly string[],
    accounts?: readonly string[],
  ): Promise<ReadonlyMap<string, number>>;
  totals(accounts?: readonly string[]): Promise<{ readonly files: number; readonly bytes: number }>;
}
