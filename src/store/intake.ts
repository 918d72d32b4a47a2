// Store contract, writing side: what the submit role needs to put reports on stable storage.
// Implementations: embedded/ (SQLite and files), later cluster/. test/store/conformance runs on every one of them.
import type { ClientCount, KeyedProduct } from '../report/client-rules.ts';
import type { DataRules } from '../report/privacy/data-rules.ts';
import type { PersonWords } from '../report/person-words.ts';
import type { SessionBucket, SessionUpdate } from '../report/session-update.ts';
import type { AttachmentKind, Attachment, ReportFields } from '../report/report.ts';

/** No identity of a client begins like this: names of accounts have no control characters. */
const MOVED = '\0moved:';

/** The identity of a report that moves here from another store, which gave it as `ReportStore.identityOf`: 32 hexadecimal digits. */
export function movedIdentity(key: string): string {
  return `${MOVED}${key}`;
}

/** What `movedIdentity` was made of; null: the identity is a client's. */
export function movedKey(identity: string): string | null {
  if (!identity.startsWith(MOVED)) return null;
  const key = identity.slice(MOVED.length);
  return /^[0-9a-f]{32}$/.test(key) ? key : null;
}

/** What is known of an attachment before its bytes arrive. */
export type AttachmentStart = Pick<Attachment, 'name' | 'filename' | 'contentType'> & {
  readonly kind: AttachmentKind;
};

/** Receives the bytes of one attachment. */
export interface AttachmentSink {
  /** A promise means: wait before the next chunk. The chunk may be reused by the caller once this has resolved. */
  write(chunk: Uint8Array): void | Promise<void>;
  /** Called once. Afterwards size and hash are final. Throws `StorageError` when the bytes could not be kept. */
  end(): Promise<Attachment>;
}

/** All of a report but its attachments. */
export interface NewReport extends ReportFields {
  readonly crashId: string;
  /** Unique in the whole store; null: never a duplicate. The caller has put the product into it where that is due. */
  readonly identity: string | null;
  /** Where another report has the identity, what this one brought is joined to that (`ReportDraft.join`). */
  readonly joins?: boolean;
}

/** What attachments without a report belong to. */
export interface ReportIdentity {
  readonly account: string;
  readonly product: string;
  readonly identity: string;
}

export type CommitResult =
  | { readonly kind: 'stored'; readonly crashId: string }
  /** Another report has this identity: nothing was stored; its crash id is given. */
  | { readonly kind: 'duplicate'; readonly crashId: string };

/**
 * A report being written. States: open → (commit | discard) → closed. Attachments are written one at a time.
 * Until commit has resolved nothing of it can be seen; after a crash at any moment there is either the whole report or
 * nothing but files that the sweep removes.
 */
export interface ReportDraft {
  attachment(start: AttachmentStart): AttachmentSink;
  /**
   * Called once, after every sink has ended. When it resolves, attachments and row are on stable storage.
   * Throws `StorageError`, and the draft is closed. Nothing is stored then if the error is `certain`; otherwise the store lost sight
   * of the commit, and the report may be there as a whole, or not at all: with an identity a second try finds out.
   */
  commit(report: NewReport): Promise<CommitResult>;
  /**
   * Called once instead of commit: keeps the attachments for the report with this identity, which is stored or may come. Then the report
   * shows them as its own, and is queued again where a minidump or an event is among them. The same bytes under the same name are kept
   * once, an event only where there is none yet. They go with the report, or when it has not come for a month. Durable when it
   * resolves; throws `StorageError`.
   */
  join(to: ReportIdentity): Promise<void>;
  /** Removes whatever was written. Never throws; safe to call after commit, when it does nothing. */
  discard(): Promise<void>;
}

/** What the store thinks of taking more. `full`: nothing may be added until space is found. */
export interface Admission {
  readonly full: boolean;
  /** Why, in a sentence, when full. */
  readonly reason: string | null;
  /** Little space is left, so that what is added takes the place of something else; or so much waits that what is added makes others wait. */
  readonly short: boolean;
}

/** One line of the inbox: a submission that was refused, or was odd. */
export interface InboxEntry {
  readonly at: number;
  readonly protocol: string | null;
  readonly method: string;
  readonly path: string;
  /** Null or absent: unknown, or a line that was written before accounts were noted. */
  readonly account?: string | null;
  readonly product: string | null;
  /** `refused`, `throttled`, `accepted_with_notes`, `duplicate`, `ignored`. */
  readonly outcome: string;
  /** A refusal code, a throttle rule, or a note. */
  readonly reason: string;
  readonly detail: string;
  readonly status: number;
  readonly bodyBytes: number;
  readonly clientHash: string | null;
  readonly crashId: string | null;
  /** Request headers, bounded, secrets removed. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What decides whether and where a report of a product is filed. */
export interface ProductPolicy {
  readonly account: string;
  readonly product: string;
  /** Reports without the product's key are refused. */
  readonly requireKey: boolean;
  /** Where every endpoint filters secrets: the product's own names of them. Null or absent: only Sentry's endpoints do. */
  readonly privateKeys?: readonly string[] | null;
  /** Absent: the product has decided nothing about its data. */
  readonly dataRules?: DataRules;
  /** Its account is closed: nothing is taken any more. */
  readonly closed?: boolean;
}

/** The writing side of a store. */
export interface IntakeStore {
  draft(): ReportDraft;
  /** Cheap: called before each body is read. */
  admission(): Admission;
  /**
   * The product, or null where it does not exist. Where its account was renamed, the policy has the name of today. May answer from a
   * cache of at most two seconds.
   */
  product(account: string, product: string): Promise<ProductPolicy | null>;
  /**
   * Creates a product on its first report. False: automatic products are off, the cap is reached, or the account does
   * not exist (only `default`, `test` and accounts made by people exist).
   */
  createProduct(account: string, product: string): Promise<boolean>;
  /** The product that an upload key belongs to, or a token for sending to one product; null: no such key. */
  productByKey(key: string): Promise<ProductPolicy | null>;
  /** Durable when it resolves. */
  newInstallation(
    account: string,
    product: string,
  ): Promise<{ readonly id: string; readonly cookie: string }>;
  installationKnown(account: string, product: string, id: string, cookie: string): Promise<boolean>;
  missingBlobs(account: string, product: string, hashes: readonly string[]): Promise<readonly string[]>;
  /** Durable when it resolves; a hash already stored keeps its content. Throws whatever `body` throws. */
  putBlob(account: string, product: string, hash: string, body: AsyncIterable<Uint8Array>): Promise<void>;
  findByIdentity(identity: string): Promise<string | null>;
  /** The newest report's payload attachment, as sent. */
  lastPayload(account: string, product: string): Promise<Uint8Array | null>;
  payloadsByToken(
    account: string,
    product: string,
    token: string,
    limit: number,
  ): Promise<readonly Uint8Array[]>;
  payload(crashId: string): Promise<Uint8Array | null>;
  /** The product that a key (DSN) names; null: no such key. May answer from a cache of at most two seconds. */
  keyedProduct(key: string): Promise<KeyedProduct | null>;
  /**
   * Counts sessions; durable when it resolves. Those that began more than SESSION_LIFE_DAYS ago are not counted; gives how many.
   */
  putSessions(
    account: string,
    product: string,
    sessions: { readonly updates: readonly SessionUpdate[]; readonly buckets: readonly SessionBucket[] },
  ): Promise<number>;
  /**
   * Keeps a person's words; `identity` as for reports; `at`: when they were said, milliseconds since 1970, absent: now. False: there is no
   * such product. Durable when it resolves.
   */
  putFeedback(
    account: string,
    product: string,
    words: PersonWords,
    identity: string | null,
    at?: number,
  ): Promise<boolean>;
  /** Counts something that is no report; kept soon, not at once; never throws. */
  countClient(account: string, product: string, count: ClientCount): void;
  /** Kept soon, not at once; the ring is bounded (INBOX_SIZE); never throws. */
  addInbox(entry: InboxEntry): void;
  /** The secret that salts address hashes, the same for every process of an installation. */
  addressSalt(): Promise<Uint8Array>;
  /** Throws when the store could not take a report now, or cannot give back what it took (heartbeat). */
  check(): Promise<void>;
}

/** The store could not keep something: no space, an I/O error, a broken database. */
export class StorageError extends Error {
  /** `full`: space would help; `failed`: something else is wrong. */
  readonly reason: 'full' | 'failed';
  /** Whether nothing can have been stored. */
  readonly certain: boolean;

  constructor(
    message: string,
    options: { readonly reason: 'full' | 'failed'; readonly certain?: boolean; readonly cause?: unknown },
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : {});
    this.name = 'StorageError';
    this.reason = options.reason;
    this.certain = options.certain ?? true;
  }
}
