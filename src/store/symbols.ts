// Store contract: symbol files by debug file and debug id, and what reports lack.
import type { Readable } from 'node:stream';
import type { Page, PageRequest } from './reports.ts';

/** What names a symbol file, as clients spell it. Checked: no path can be made of it that leaves its place. */
export interface SymbolKey {
  readonly debugFile: string;
  /** 33 or more hexadecimal digits, upper case. */
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
  /** Bytes of the text, of the stored text, and of the index. */
  readonly textBytes: number;
  readonly storedBytes: number;
  readonly indexBytes: number;
  readonly sha256: string;
  /** Lines that could not be read. */
  readonly damagedLines: number;
  readonly hasCfi: boolean;
  /** `upload`, or the upstream server that it came from. */
  readonly source: string;
  readonly lastUsedAt: number | null;
}

/** A module whose symbols recent reports lacked. */
export interface MissingSymbol extends SymbolKey {
  readonly codeFile: string | null;
  readonly codeId: string | null;
  readonly reports: number;
  readonly lastSeenAt: number;
}

export interface SymbolFilter {
  readonly text?: string;
  readonly product?: string;
  readonly olderThan?: number;
  readonly order?: 'newest' | 'largest' | 'name';
}

/** Random access to an index; closed by its owner. */
export interface SymbolIndexFile {
  readonly size: number;
  read(at: number, length: number): Uint8Array;
  close(): void;
}

export interface SymbolStore {
  /**
   * Stores a text (already decoded, as a stream) with the index that `index` makes of it, durably; `duplicate` where the same
   * content is there. Another content under the same key replaces it. Throws `StorageError`.
   */
  putSymbols(upload: {
    readonly key: SymbolKey;
    readonly product: string | null;
    readonly by: string;
    readonly source: string;
    readonly file: string;
  }): Promise<{ readonly kind: 'stored' | 'duplicate'; readonly symbols: SymbolFile }>;
  getSymbols(key: SymbolKey): Promise<SymbolFile | null>;
  findByCodeId(codeFile: string, codeId: string): Promise<SymbolFile | null>;
  /** The text as it was uploaded. */
  openText(key: SymbolKey): Promise<Readable | null>;
  /** Path of the index file for worker threads to read by `pread`; null where there are no symbols. */
  indexPath(key: SymbolKey): Promise<string | null>;
  listSymbols(filter: SymbolFilter, page: PageRequest): Promise<Page<SymbolFile>>;
  deleteSymbols(key: SymbolKey): Promise<boolean>;
  listMissing(limit: number): Promise<readonly MissingSymbol[]>;
  totals(): Promise<{ readonly files: number; readonly bytes: number }>;
}
