// What the processor makes of one CrashKit occurrence, of either API.
import type { CrashKitException, DefinitiveLocation } from '../../report/crashkit/occurrence.ts';

/** Where a page shows a value. */
export const SECTION_IDS = [
  'request',
  'get',
  'post',
  'cookies',
  'session',
  'data',
  'user',
  'account',
  'version',
  'configuration',
  'host',
  'environment',
  'variables',
  'tags',
  'breadcrumbs',
] as const;
export type SectionId = (typeof SECTION_IDS)[number];

/** One value with its name, and how it was obtained: `client`, or the variable that it was read from. */
export interface SectionEntry {
  readonly key: string;
  readonly value: string;
  readonly source: string;
}

/** Values that belong together, in the order in which they were sent. */
export interface Section {
  readonly id: SectionId;
  readonly entries: readonly SectionEntry[];
}

/** A value `blob:HASH`, which names an attachment that the client posts beside the report. */
export interface BlobReference {
  readonly path: string;
  readonly hash: string;
}

/** One occurrence, understood. */
export interface CrashKitOccurrence {
  readonly api: 'current' | '1.0';
  readonly language: string;
  readonly clientVersion: string | null;
  /** Root cause first, innermost frame first. */
  readonly exceptions: readonly CrashKitException[];
  readonly definitive: DefinitiveLocation;
  /** Same for all occurrences of one bug of a product. */
  readonly bugKey: string;
  /** Same for all occurrences of one case: full stack, severity and context. */
  readonly caseKey: string;
  /** Same for occurrences that differ in nothing but their number. */
  readonly occurrenceKey: string;
  readonly signature: string;
  /** Messages of the exceptions that have one, root cause first. */
  readonly messages: readonly string[];
  readonly severity: 'normal' | 'major';
  readonly role: string;
  /** How many occurrences the client merged into this one. */
  readonly count: number;
  /** The day of the occurrence, `YYYY-MM-DD`; null where the client sent none. */
  readonly date: string | null;
  /** Action, screen or background process; `unknown` where the client named none. */
  readonly context: string;
  readonly data: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly sections: readonly Section[];
  /** The path of the request, where there was one. */
  readonly requestPath: string | null;
  /** The application's version. */
  readonly version: string | null;
  /** What identifies the installation beyond client id and cookie: `host.id`. */
  readonly hostId: string | null;
  /** The affected user; null for none and for an anonymous one. */
  readonly userId: string | null;
  readonly userIsAnonymous: boolean;
  readonly blobs: readonly BlobReference[];
  /** What the program says makes its crashes the same; null where it says nothing. */
  readonly fingerprint: readonly string[] | null;
  /** What was left out or not understood. */
  readonly notes: readonly string[];
}
