// The report model: what a stored crash report is, whatever protocol brought it and whatever store keeps it.
// The shape has a version (REPORT_SCHEMA); a change adds an upgrader, a fixture and an entry in docs/report-format.md.

/** Version of the stored shape of a report. */
export const REPORT_SCHEMA = 1;

/** The protocols; each has its page in docs/protocols/. */
export const PROTOCOLS = ['crashpad', 'socorro', 'crashkit', 'crashkit1', 'syncthing', 'sentry'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** How the annotations or the report were encoded on the wire. */
export type PayloadKind = 'multipart' | 'json' | 'text';

/**
 * Where a report stands on its way to a bug:
 * `queued` → (lease) → `processed`, or after three failures → `failed`;
 * `deferred` waits until somebody asks for it, then becomes `queued`.
 * Processing again puts `processed` and `failed` back to `queued`.
 */
export const REPORT_STATES = ['queued', 'deferred', 'processed', 'failed'] as const;
export type ReportState = (typeof REPORT_STATES)[number];

/** One key and string value that came with a report, in the order of arrival; a key occurs once. */
export interface Annotation {
  readonly key: string;
  readonly value: string;
}

/**
 * What a binary or raw part is for.
 * `minidump`: a part to be parsed as one; `file`: anything else that came along;
 * `payload`: the body of a JSON or text protocol exactly as sent.
 */
export type AttachmentKind = 'minidump' | 'file' | 'payload';

/** One stored part. `name` is unique in its report and safe as a file name. */
export interface Attachment {
  readonly name: string;
  readonly kind: AttachmentKind;
  /** The file name that the client gave, as sent; null where it gave none. Hostile text: escape it. */
  readonly filename: string | null;
  readonly contentType: string | null;
  /** Size in bytes of the original. */
  readonly size: number;
  /** SHA-256 of the original, 64 lower-case hexadecimal digits. */
  readonly sha256: string;
}

/** What the throttle said of a report, and the rule that said so. */
export interface ThrottleResult {
  readonly rule: string;
  readonly action: 'accept' | 'defer' | 'reject' | 'fake_accept';
}

/**
 * Dumps that went before their report. `walked`: they had been walked, and no symbols were missing; `days`: they were too old; `newest`: newer
 * reports of the bug keep theirs.
 */
export interface GoneDumps {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly why: 'walked' | 'days' | 'newest';
  /** Names of the attachments. */
  readonly names: readonly string[];
}

/** What went from a report before the report itself, as its product decided (docs/retention.md). */
export interface GoneParts {
  readonly dumps?: GoneDumps;
  /** Annotations that were not public, and the payload that they were read from. */
  readonly annotations?: { readonly at: number; readonly count: number };
}

/** What a report holds beside its attachments' bytes. */
export interface ReportFields {
  readonly protocol: Protocol;
  readonly account: string;
  readonly product: string;
  readonly version: string | null;
  readonly platform: string | null;
  /** Milliseconds since 1970, UTC, when the report arrived. */
  readonly receivedAt: number;
  readonly annotations: readonly Annotation[];
  /** What the collector found odd and accepted all the same: one sentence each. */
  readonly notes: readonly string[];
  readonly payloadKind: PayloadKind;
  /** Content-Encoding of the body: `identity`, `gzip`, … */
  readonly encoding: string;
  /** Size of the decoded body in bytes. */
  readonly bodyBytes: number;
  readonly userAgent: string | null;
  /** Salted monthly hash of the client's address; null where it is not kept. */
  readonly clientHash: string | null;
  readonly throttle: ThrottleResult;
  /** What names the installation: CrashKit's client id, Crashpad's guid, `host.id`. Null where unknown. */
  readonly installation: string | null;
  /** CrashKit 1.0's test token. */
  readonly token: string | null;
  readonly state: ReportState;
}

/** One stored crash report. */
export interface Report extends ReportFields {
  readonly schema: typeof REPORT_SCHEMA;
  readonly crashId: string;
  readonly attachments: readonly Attachment[];
  /** Absent: all is there. */
  readonly gone?: GoneParts;
}
