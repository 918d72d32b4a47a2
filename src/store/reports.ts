// Store contract, reading side: what the reports role and the processor need to find and read reports.
import type { Readable } from 'node:stream';
import type { JamiFields } from '../report/jami.ts';
import type { Attachment, Protocol, Report, ReportState } from '../report/report.ts';
import type { InboxEntry } from './intake.ts';

/** What somebody may see: every product of these accounts, and these products. */
export interface Within {
  readonly accounts: readonly string[];
  readonly products: readonly ProductName[];
}

/** Every field narrows the list; an absent one does not. */
export interface ReportFilter {
  readonly within?: Within;
  readonly account?: string;
  readonly product?: string;
  readonly protocol?: Protocol;
  readonly version?: string;
  readonly platform?: string;
  readonly state?: ReportState;
  readonly installation?: string;
  /** Only this installation, by its number within its product. */
  readonly installationNumber?: number;
  /** Milliseconds since 1970: `receivedFrom` inclusive, `receivedTo` exclusive. */
  readonly receivedFrom?: number;
  readonly receivedTo?: number;
  /** Words that must all occur in the annotations (names or values), case-insensitively. */
  readonly text?: string;
  /**
   * Words of `text` are looked for in annotations with these names, and in those that the report's product says are public, alone.
   * Then neither rows nor cursors depend on any other annotation.
   */
  readonly textIn?: readonly string[];
}

/** A stored report with the number of its installation, and whether it is pruned last. */
export type ReportWithNumber = Report & {
  readonly installationNumber: number | null;
  readonly pinned: boolean;
};

/** One row of the report list. */
export interface ReportRow {
  readonly crashId: string;
  readonly account: string;
  readonly product: string;
  readonly protocol: Protocol;
  readonly version: string | null;
  readonly platform: string | null;
  readonly receivedAt: number;
  readonly state: ReportState;
  readonly attachmentCount: number;
  readonly size: number;
  readonly noteCount: number;
  readonly installation: string | null;
  /**
   * Stands for the installation within its product: the same for all of its reports, another one in every other product and every other
   * store, and nothing can be told from it about `installation`. Null exactly where that is.
   */
  readonly installationNumber: number | null;
  /** The first of its crashes as it was filed; null: it is not processed. */
  readonly crash: {
    readonly bugId: number;
    readonly signature: string;
    /** What processing found, where `platform` says nothing. */
    readonly platform: string | null;
  } | null;
  /** The Jami fields, where the report has them (`jamiFields` finds them). */
  readonly jami: JamiFields | null;
}

/** `within`: lines whose account is in it as a whole, or whose product is; with `unknown`, also those of no account that there is. */
export interface InboxFilter {
  readonly outcome?: string;
  readonly protocol?: string;
  readonly within?: Within;
  readonly unknown?: boolean;
}

/** A page of a list. `next` is opaque and null on the last page. */
export interface Page<T> {
  readonly rows: readonly T[];
  readonly next: string | null;
}

export interface PageRequest {
  /** 1 to 200. */
  readonly limit: number;
  /** `next` of the page before; an unknown or damaged cursor is the first page. */
  readonly cursor?: string;
}

/** A list or a search that was given up, so that others go on; nothing is wrong with what is stored. */
export class ReadRefused extends Error {
  /** `too_many`: too many others were before it; `took_too_long`: it was ended at its limit of time. */
  readonly reason: 'too_many' | 'took_too_long';

  constructor(reason: ReadRefused['reason']) {
    super(
      reason === 'too_many'
        ? 'Too many lists and searches are asked for at once.'
        : 'The list or search took too long and was ended.',
    );
    this.name = 'ReadRefused';
    this.reason = reason;
  }
}

/** What is on the disk and in the queue. Sizes in bytes. */
export interface StoreStatus {
  readonly reports: number;
  readonly reportsByState: Readonly<Record<ReportState, number>>;
  readonly usedBytes: number;
  readonly limitBytes: number;
  /** Null where no one disk holds the store (`StoreCapabilities.tellsDiskFree`). */
  readonly diskFreeBytes: number | null;
  readonly databaseBytes: number;
  readonly oldestReportAt: number | null;
  readonly newestReportAt: number | null;
  readonly reportsLastHour: number;
  readonly reportsLastDay: number;
  readonly pruned: number;
  readonly schemaVersion: number;
  /** What from before the store was encrypted is being sealed now (docs/encryption.md); null: nothing is left in clear. */
  readonly sealing: string | null;
}

/** The original bytes of an attachment, any part of which costs no more than itself (old reports apart). */
export interface AttachmentBytes {
  readonly size: number;
  /** `length` bytes from `at` on, fewer only where the attachment ends. Rejects where the stored bytes are damaged. */
  read(at: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** The reading side of a store, with what changes a single report. */
export interface ReportStore {
  /** Newest first. */
  listReports(filter: ReportFilter, page: PageRequest): Promise<Page<ReportRow>>;
  /**
   * Where a store gave two crash ids to one report before it knew (`StoreCapabilities.spools`), both lead to it, here and everywhere
   * else that takes a crash id.
   */
  getReport(crashId: string): Promise<ReportWithNumber | null>;
  /**
   * What stands for the identity by which a report is known again, 32 hexadecimal digits, for another store (`movedIdentity`); null: it
   * has none, or is not there.
   */
  identityOf(crashId: string): Promise<string | null>;
  /** The product of a report, or null. */
  productOf(crashId: string): Promise<ProductName | null>;
  /** Crash ids that begin with these hexadecimal digits, in their order, at most `limit`. */
  crashIdsFrom(beginning: string, limit: number, within?: Within): Promise<readonly string[]>;
  /** The original bytes; null where the report or attachment does not exist. */
  openAttachment(
    crashId: string,
    name: string,
  ): Promise<{ readonly info: Attachment; readonly stream: Readable } | null>;
  /** The original bytes to be read in parts, to be closed by the caller; null where the report or attachment does not exist. */
  readAttachment(
    crashId: string,
    name: string,
  ): Promise<{ readonly info: Attachment; readonly bytes: AttachmentBytes } | null>;
  /** Removes row, attachments and files; false where there is none. */
  deleteReport(crashId: string): Promise<boolean>;
  /** Pins a report, so that it is pruned last, or lets it go again; false where there is none. */
  pinReport(crashId: string, pinned: boolean): Promise<boolean>;
  /** Puts a report back into the queue (deferred, processed, failed → queued); false where there is none. */
  requeueReport(crashId: string): Promise<boolean>;
  listInbox(page: PageRequest & InboxFilter): Promise<Page<InboxEntry>>;
  status(): Promise<StoreStatus>;
  /** Stored reports by state. */
  byState(within?: Within): Promise<Readonly<Record<ReportState, number>>>;
  /** Values for the filters of a list, most frequent first, at most `limit` of each. */
  facets(
    limit: number,
    within?: Within,
  ): Promise<{
    readonly products: readonly ProductName[];
    readonly versions: readonly string[];
    readonly platforms: readonly string[];
  }>;
}

export interface ProductName {
  readonly account: string;
  readonly product: string;
}
