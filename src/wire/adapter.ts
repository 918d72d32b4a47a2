// The contract of a wire protocol: which requests are its own, and what it makes of a body.
// An adapter turns protocol bytes into a submission and an outcome into the protocol's answer; it knows no store, no socket
// and no other protocol. Adding a protocol: one file here, one line in registry.ts, one page in docs/protocols/.
import type { IncomingHttpHeaders } from 'node:http';
import type { RefusalCode } from '../base/refusal.ts';
import type { ClientCount, KeyedProduct } from '../report/client-rules.ts';
import type { PersonWords } from '../report/person-words.ts';
import type { SessionBucket, SessionUpdate } from '../report/session-update.ts';
import type { Annotation, AttachmentKind, PayloadKind, Protocol, ThrottleResult } from '../report/report.ts';

/**
 * The decoded body of a request. It is read once, by one of the two ways. Reading throws `Refused` (too_large, bad_gzip,
 * too_slow, incomplete_body, decompression_ratio) when it cannot be had whole, and whatever `take` throws; nothing of a
 * body that was not read to its end may be committed.
 */
export interface RequestBody extends AsyncIterable<Uint8Array> {
  /**
   * Hands over every chunk in order and resolves after the last. Where `take` gives a promise, the next chunk waits for
   * it. This is the fast way: a small body that has arrived passes without a timer or a stream in between.
   */
  pump(take: (chunk: Uint8Array) => void | Promise<void>): Promise<void>;
  /**
   * To be called by whoever keeps bytes of the body, or what was made of them, in memory instead of handing them on: with how many more it
   * keeps, and how many, these among them, it may come to keep (`most`). Where it gives a promise, wait for it before more is kept: all uploads together
   * share a budget (MAX_UPLOAD_TEXTS_MB). Rejects with `Refused` (too_much_text). They count until the request is answered.
   */
  hold(bytes: number, most: number): void | Promise<void>;
  /** So many of them are kept no longer, before the answer. */
  letGo(bytes: number): void;
}

/** A request as an adapter sees it. */
export interface WireRequest {
  readonly method: string;
  /** Percent-decoded values of the route's `{name}` segments. */
  readonly params: Readonly<Record<string, string>>;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** `identity`, `gzip`, …: what the body was before it was decoded. */
  readonly encoding: string;
  readonly body: RequestBody;
  /** Whether the request announces a body: a Content-Length above 0, or chunks. */
  readonly hasBody: boolean;
  readonly userAgent: string | null;
}

/** What goes back. `Content-Length` is always set by the server; an adapter never sends chunks or a redirect. */
export interface WireAnswer {
  readonly status: number;
  readonly body: string | Uint8Array;
  /** `Content-Type` defaults to `text/plain; charset=utf-8`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What an adapter says of a part before its bytes. */
export interface PartInfo {
  readonly name: string;
  readonly kind: AttachmentKind;
  readonly filename: string | null;
  readonly contentType: string | null;
}

/** What is known of a part after its bytes. */
export interface PartDigest {
  readonly size: number;
  readonly sha256: string;
}

/** Where the bytes of one part go. `write` may give a promise: wait for it before the next chunk (backpressure). */
export interface PartSink {
  write(chunk: Uint8Array): void | Promise<void>;
  end(): Promise<PartDigest>;
}

/** What an adapter made of a request, before the server adds time, throttle, address and id. */
export interface Submission {
  readonly protocol: Protocol;
  readonly account: string;
  /** Null: the setting DEFAULT_PRODUCT decides. */
  readonly product: string | null;
  readonly version: string | null;
  readonly platform: string | null;
  readonly annotations: readonly Annotation[];
  /** What was odd and accepted all the same; a report with such a note also gets a line in the inbox. */
  readonly notes: readonly string[];
  /** Notes about what is usual and expected (an annotation on the removal list): stored, but nothing for the inbox. */
  readonly routineNotes?: readonly string[];
  readonly payloadKind: PayloadKind;
  /**
   * What makes two arrivals the same report within one product, as any text; null: never taken for a retry.
   * With `identityScope: 'server'` it is unique in the whole server (Syncthing's id is the content).
   */
  readonly identity: string | null;
  readonly identityScope?: 'product' | 'server';
  readonly installation: string | null;
  readonly token: string | null;
  /** The crash id that the report itself carries (annotation `uuid`); already authorised by the adapter. */
  readonly crashId: string | null;
  /** The upload key of `/submit/{key}` or `?key=`. */
  readonly uploadKey: string | null;
  /** Whether an unknown product is an error of the client (CrashKit) or filed under the default product (the rest). */
  readonly unknownProduct: 'refuse' | 'default';
  /** True where a key (DSN) of the product itself has let the report in: the product needs no upload key besides. */
  readonly keyed?: boolean;
  /** Where another report has the identity, what this one brought is joined to that: one crash that came in parts. */
  readonly joins?: boolean;
}

/** What became of a submission. All of these are normal; storage trouble is thrown as `Refused`. */
export type Outcome =
  | { readonly kind: 'stored'; readonly crashId: string }
  | { readonly kind: 'duplicate'; readonly crashId: string }
  /** `reject` → the rule is told; `fake_accept` → the client hears a crash id that names nothing. */
  | { readonly kind: 'throttled'; readonly throttle: ThrottleResult; readonly crashId: string };

/**
 * A report on its way in: one of those that the request brings. Parts are written one after the other; `commit` is called once, after the body was read to its
 * end. When `commit` has resolved, the report is on stable storage. The server discards a draft that was not committed.
 */
export interface Draft {
  part(info: PartInfo): PartSink;
  note(sentence: string): void;
  commit(submission: Submission): Promise<Outcome>;
  /**
   * Instead of commit: keeps the parts for the report of a product with this identity, whether it came before or is yet to come. On stable
   * storage when it resolves; false: they are one too many of a flood, and were not kept.
   */
  join(product: Pick<KeyedProduct, 'account' | 'product'>, identity: string): Promise<boolean>;
}

/** The settings that adapters read. */
export interface WireSettings {
  readonly maxParts: number;
  readonly maxPartHeaderBytes: number;
  readonly maxTextPartBytes: number;
  readonly maxAnnotations: number;
  readonly maxNameLength: number;
  /** Annotation names dropped before anything is stored (REMOVED_ANNOTATIONS). */
  readonly removedAnnotations: ReadonlySet<string>;
  /** The bearer token that allows a report to carry its own crash id; null: never allowed. */
  readonly uuidToken: string | null;
  readonly syncthingGetEnabled: boolean;
  readonly syncthingIgnore: readonly RegExp[];
  readonly syncthingMaxBytes: number;
  /** One event of Sentry's clients. */
  readonly maxEventBytes: number;
  readonly maxUnrealBytes: number;
  readonly maxDecompressionRatio: number;
  readonly maxEnvelopeHeaderBytes: number;
  readonly maxEnvelopeItems: number;
  readonly maxEnvelopeSessions: number;
  readonly maxSessionBuckets: number;
}

/** What the submit role offers to adapters beside drafts. */
export interface Intake {
  readonly settings: WireSettings;
  /** A new draft for each report of this request; an adapter that only answers a question never asks for one. */
  draft(): Draft;
  /** Whether the account and product exist, or would be created by a first report. */
  productKnown(account: string, product: string): Promise<boolean>;
  /** CrashKit: a new installation with its cookie, durable before this resolves. */
  newInstallation(
    account: string,
    product: string,
  ): Promise<{ readonly id: string; readonly cookie: string }>;
  /** CrashKit: whether id and cookie belong to an installation of this product. */
  installationKnown(account: string, product: string, id: string, cookie: string): Promise<boolean>;
  /** CrashKit: of these blob hashes, those that the product lacks, in the same order. */
  missingBlobs(account: string, product: string, hashes: readonly string[]): Promise<readonly string[]>;
  /** CrashKit: stores a blob durably; one already stored is not overwritten. Reads the body to its end. */
  putBlob(account: string, product: string, hash: string, body: AsyncIterable<Uint8Array>): Promise<void>;
  /** The crash id of the report with this server-wide identity; null where there is none. */
  findByIdentity(identity: string): Promise<string | null>;
  /** The payload, as sent, of the newest report of a product; null where there is none. */
  lastPayload(account: string, product: string): Promise<Uint8Array | null>;
  /** The payloads, as sent, of the reports of a product with this test token, newest first, at most 100. */
  payloadsByToken(account: string, product: string, token: string): Promise<readonly Uint8Array[]>;
  /** The payload of a report, as sent. */
  payload(crashId: string): Promise<Uint8Array | null>;
  /**
   * Processes a report that has just been stored, before the answer (CrashKit's oldest paths and strict mode).
   * `bug` is the id to tell the client. Null where no processor runs in this process: the caller falls back to what it
   * can tell by itself.
   */
  processNow(
    crashId: string,
  ): Promise<{ readonly ok: boolean; readonly error: string; readonly bug: string | null } | null>;
  /** The product that a key (DSN) names; null: no such key. */
  keyedProduct(key: string): Promise<KeyedProduct | null>;
  /** Counts one more event of a key with a limit; how many seconds the client has to wait, 0: the event may be taken. */
  waitOfKey(keyed: KeyedProduct): number;
  /** Milliseconds since 1970, when the request began. */
  readonly receivedAt: number;
  /** Counts sessions, durable before this resolves. */
  putSessions(
    product: Pick<KeyedProduct, 'account' | 'product'>,
    sessions: { readonly updates: readonly SessionUpdate[]; readonly buckets: readonly SessionBucket[] },
  ): Promise<void>;
  /** Keeps a person's words, durable before this resolves. */
  putFeedback(product: Pick<KeyedProduct, 'account' | 'product'>, words: PersonWords): Promise<void>;
  /** Counts something that is no report. */
  countClient(keyed: Pick<KeyedProduct, 'account' | 'product'>, count: ClientCount): void;
  /** Counts items of a kind that is not kept; the first of a product's day is told to the inbox. */
  discarded(
    keyed: KeyedProduct,
    items: { readonly kind: string; readonly sdk: string; readonly count: number },
  ): void;
  /** The address of the client; null where it is not known. Not to be stored unless the product says so. */
  clientAddress(): string | null;
  /** Counts an event that is neither stored nor refused (`syncthing_ignored`), for metrics and inbox. */
  observe(event: string, detail: string): void;
  /** What is wrong with the store, one sentence for each failing check, by the name of the check; empty when healthy. */
  health(): Promise<Readonly<Record<string, string>>>;
  /** What `/__version__` tells. */
  readonly version: Readonly<Record<string, unknown>>;
}

/** One method and path shape of a protocol. */
export interface Route {
  readonly methods: readonly string[];
  /**
   * Segments, `{name}` binds one whole segment that is not empty: `/api/1/{account}/products/{product}/reports`.
   * A literal segment wins over a name. A request may end in one more slash.
   */
  readonly path: string;
  /** Limit of the decoded body in bytes where it differs from MAX_UPLOAD_SIZE_MB. */
  readonly maxBytes?: (settings: WireSettings) => number;
  /** Whether a request stores something: it is then turned away before its body while the store is full. */
  readonly stores: boolean;
  handle(request: WireRequest, intake: Intake): Promise<WireAnswer>;
}

/** One protocol. */
export interface Adapter {
  readonly name: string;
  readonly routes: readonly Route[];
  /**
   * Words a refusal in the protocol's own way; called for every `Refused` and for wrong methods on its paths.
   * The server adds `Retry-After`, `Allow` and `Connection: close` where they are due.
   */
  refuse(code: RefusalCode, problems: readonly string[]): WireAnswer;
  /** False: a client of this protocol must not be told how long to wait (it would forget what it holds). */
  readonly retryAfter?: boolean;
  /** Headers that every answer of this protocol carries (CORS), also refusals. */
  readonly commonHeaders?: Readonly<Record<string, string>>;
  /** Headers of the answer to `OPTIONS`, beside `Allow`; absent: the protocol does not serve pages of other origins. */
  preflight?(headers: IncomingHttpHeaders, methods: readonly string[]): Readonly<Record<string, string>>;
}
