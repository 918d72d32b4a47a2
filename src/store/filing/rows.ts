// Rows that the filing rules read and change, as the ledger holds them. Every engine keeps the same fields, in its own types.
import type { Grouping } from '../../report/processed-report.ts';
import type { BugState } from '../bugs.ts';
import type { CrashFiling } from '../shared/filing.ts';

/** A bug with its sums. `titleSteps` and `roles` are JSON. */
export interface BugRecord {
  readonly id: number;
  readonly productId: number;
  readonly key: string;
  readonly source: Grouping['source'];
  readonly title: string;
  readonly titleSteps: string;
  readonly kind: string;
  readonly language: string | null;
  readonly message: string;
  readonly path: string | null;
  readonly state: BugState;
  readonly severity: number;
  readonly roles: string;
  readonly count: number;
  readonly installations: number;
  /** Rows of values in all of its cases. */
  readonly valueRows: number;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  readonly firstVersion: string | null;
  readonly lastVersion: string | null;
  readonly createdAt: number;
  readonly reopenedAt: number | null;
  readonly closedAt: number | null;
  readonly closedInVersion: string | null;
  readonly ignoredUntil: number | null;
  readonly ignoredUntilCount: number | null;
  readonly assignee: string | null;
  readonly ticket: string | null;
  readonly duplicateOf: number | null;
  readonly mergedBy: string | null;
  readonly mergedAt: number | null;
  /** Reprocessing made it for reports of that bug. */
  readonly madeFor: number | null;
  readonly newestReportId: number | null;
}

/** A case of a bug. */
export interface CaseRecord {
  readonly id: number;
  readonly bugId: number;
  readonly caseKey: string;
  readonly severity: number;
  readonly context: string | null;
  readonly count: number;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  readonly firstVersion: string | null;
  readonly lastVersion: string | null;
}

/** How often a value was seen in a case; `rest`: all further values of its key, whose text is empty. */
export interface ValueRecord {
  readonly id: number;
  readonly caseId: number;
  readonly section: string;
  readonly key: string;
  readonly rest: boolean;
  readonly value: string;
  readonly protected: boolean;
  readonly count: number;
}

export type LabelKind = 'version' | 'platform';

/** A version or platform of a product, by number. */
export interface LabelRecord {
  readonly id: number;
  readonly productId: number;
  readonly what: LabelKind;
  readonly name: string;
  readonly firstSeenAt: number;
}

/** What was counted under a label in its product; `lastDay` as in series. */
export interface LabelUse {
  readonly id: number;
  readonly count: number;
  /** Days since 1970; of a label whose crashes are all gone, or are of another one by now, that on which it came. */
  readonly lastDay: number;
}

/** All versions, or all platforms, of a product. */
export interface LabelCrowd {
  readonly productId: number;
  readonly what: LabelKind;
  readonly count: number;
}

/** What one crash of a report added, so that it can be taken back exactly. */
export interface FiledRecord {
  readonly reportId: number;
  readonly position: number;
  readonly caseId: number;
  readonly key: string;
  readonly caseKey: string;
  readonly signature: string;
  readonly count: number;
  /** Days since 1970. */
  readonly day: number;
  readonly versionId: number;
  readonly platformId: number;
  readonly installation: Uint8Array | null;
  /** Ids of the values that it counted. */
  readonly valueIds: readonly number[];
  /** The person who filed it under its bug by hand. */
  readonly movedBy: string | null;
  readonly movedAt: number | null;
  /** The row of its facts; null: filed by an older version, and none was made since. */
  readonly seq: number | null;
}

/** The name of a value that reports brought. */
export interface FactKeyRecord {
  readonly id: number;
  readonly section: string;
  readonly name: string;
  /** It stood in a protected section, if only once. */
  readonly protected: boolean;
}

/** A merge that can be undone. */
export interface MergeRecord {
  readonly into: number;
  /** What both counted then. */
  readonly fromCount: number;
  readonly intoCount: number;
  /** JSON: message, path, roles and severity of the bug that it went into, as they were. */
  readonly seen: string;
}

/** A report that a lease holds. */
export interface HeldReport {
  readonly id: number;
  readonly crashId: string;
  readonly kindId: number;
  readonly productId: number;
  readonly receivedAt: number;
}

/** A stored report, as far as moving it needs. */
export interface MovableReport {
  readonly id: number;
  readonly receivedAt: number;
  readonly version: string | null;
}

/** A module whose symbols reports lack. */
export interface MissingModule {
  readonly id: number;
  readonly debugFile: string;
  readonly debugId: string;
  readonly codeFile: string | null;
  readonly codeId: string | null;
  readonly reports: number;
  readonly lastSeenAt: number;
}

/** A crash of a stored report of a bug. `filing` null: it cannot be read. */
export interface StoredCrash {
  readonly signature: string;
  readonly filing: CrashFiling | null;
}
