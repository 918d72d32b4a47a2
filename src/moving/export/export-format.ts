// The format of an export (docs/export-format.md): a folder with a manifest, parts of JSON lines, and blobs named by their SHA-256. What it
// is made of stands here once, for whoever writes and whoever reads it.
/**
 * Version of the format. A reader takes its own and every older one; fields that it does not know it passes over. Version 2 has teams, and
 * rights of people by account; version 1 had one role for each.
 */
export const EXPORT_VERSION = 2;
export const EXPORT_FORMAT = 'mayday-export';
export const MANIFEST_NAME = 'mayday-export.json';

/** Kinds of records, in the order in which they are written and taken in: what a record names comes before it. */
export const RECORD_KINDS = [
  'account',
  'product',
  'person',
  'team',
  'release',
  'symbols',
  'report',
  'feedback',
  'bug',
  'search',
  'alert',
] as const;
export type RecordKind = (typeof RECORD_KINDS)[number];

/** One line. What stands in it beside `record` is a matter of the kind. */
export interface ExportRecord {
  readonly record: RecordKind;
  readonly [field: string]: unknown;
}

/** A file of JSON lines, all of one kind. */
export interface ExportPart {
  /** `reports-000001.jsonl`: kind, and number from 1. */
  readonly file: string;
  readonly kind: RecordKind;
  readonly records: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** What was chosen; absent: all of it. */
export interface ExportFilter {
  readonly account?: string;
  readonly product?: string;
  /** Milliseconds since 1970, inclusive and exclusive, of the arrival of reports. */
  readonly since?: number;
  readonly until?: number;
  /** A search that a crash of the report matches. */
  readonly query?: string;
  /** Reports of one installation, as it names itself. */
  readonly installation?: string;
  /** Of one person: what the program calls its user, a mail address, or the SHA-256 (hex) of one in lower case. */
  readonly user?: string;
  readonly mail?: string;
  readonly mailHash?: string;
}

/** What an export holds beside reports and settings. */
export interface ExportChoices {
  /** Results of processing, too; they can be made again from the reports. */
  readonly processed: boolean;
  /** Hashes of passwords, too. */
  readonly passwords: boolean;
  readonly symbols: boolean;
}

export interface ExportManifest {
  readonly format: typeof EXPORT_FORMAT;
  readonly version: number;
  /** The program that made it. */
  readonly madeBy: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Null: it was cut short; the same command goes on with it. */
  readonly finishedAt: string | null;
  readonly filter: ExportFilter;
  readonly choices: ExportChoices;
  readonly parts: readonly ExportPart[];
  /** Where it goes on; null when it is finished. */
  readonly next: { readonly kind: RecordKind; readonly cursor: string | null } | null;
}

/** Whether it is of one person. */
export function isOfPerson({ user, mail, mailHash }: ExportFilter): boolean {
  return user !== undefined || mail !== undefined || mailHash !== undefined;
}

/** Whether reports are chosen by what they are. */
export function isOfReports(filter: ExportFilter): boolean {
  return filter.query !== undefined || filter.installation !== undefined || isOfPerson(filter);
}

/** The most bytes of the manifest, of one line, and of all manifests' parts that a reader takes. */
export const MAX_MANIFEST_BYTES = 256 * 1024 * 1024;
export const MAX_LINE_BYTES = 64 * 1024 * 1024;
export const MAX_PARTS = 1_000_000;

const SHA256 = /^[0-9a-f]{64}$/;
const PART_FILE = /^[a-z]{1,20}-\d{6,9}\.jsonl$/;

export function isSha256(text: string): boolean {
  return SHA256.test(text);
}

/** Whether a text names a part, and nothing outside of the folder. */
export function isPartFile(text: string): boolean {
  return PART_FILE.test(text);
}

export function partFile(kind: RecordKind, number: number): string {
  return `${kind}-${String(number).padStart(6, '0')}.jsonl`;
}

/** Where a blob lies in the folder: in one of 256 folders, by the first two digits. */
export function blobName(sha256: string): string {
  return `blobs/${sha256.slice(0, 2)}/${sha256}`;
}
