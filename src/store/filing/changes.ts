// What the ledger gathered and the backing writes: rows as they are now, and differences of sums.
import type { FiledCrash } from '../queue.ts';
import type {
  BugRecord,
  CaseRecord,
  FactKeyRecord,
  FiledRecord,
  HeldReport,
  LabelRecord,
  MissingModule,
  ValueRecord,
} from './rows.ts';
import type { Filing } from '../shared/filing.ts';

/** A row as it is now, and as it was written last; null: it is not there yet. */
export interface RowChange<Row> {
  readonly row: Row;
  readonly before: Row | null;
}

/** Whose sums change. */
export type OwnerKind = 'case' | 'bug' | 'product';

/** A difference at one place of a series; a place whose count falls to zero goes. */
export interface SeriesChange {
  readonly of: OwnerKind;
  readonly owner: number;
  readonly day: number;
  readonly versionId: number;
  readonly platformId: number;
  readonly by: number;
}

/** A difference in the number of crashes that name an installation; at zero it goes. */
export interface InstallationChange {
  readonly of: OwnerKind;
  readonly owner: number;
  readonly installation: Uint8Array;
  readonly by: number;
  /** The newest day on which it was counted; 0: it was not counted, only taken back. */
  readonly lastDay: number;
}

/** What can stand in the history (`BugEvent.what`). */
export const EVENT_NAMES = [
  'created',
  'closed',
  'reopened',
  'ignored',
  'assigned',
  'ticket',
  'comment',
  'merged',
  'unmerged',
  'split',
  'moved',
  'renamed',
] as const;
export type EventName = (typeof EVENT_NAMES)[number];

/** A line of a bug's history; `by` null is Mayday itself. */
export interface NewEvent {
  readonly bugId: number;
  readonly at: number;
  readonly by: string | null;
  readonly what: EventName;
  readonly detail: string;
}

/** A report whose processing is through. */
export interface ProcessedChange {
  readonly report: HeldReport;
  /** Kept with the events, so that whoever never heard the answer can ask again. */
  readonly leaseId: string;
  readonly filing: Filing;
  readonly events: readonly FiledCrash['event'][];
}

export interface Changes {
  readonly bugs: readonly RowChange<BugRecord>[];
  readonly keys: readonly {
    readonly productId: number;
    readonly key: string;
    readonly caseKey: string;
    readonly bugId: number;
  }[];
  /** Removals come before what is new. */
  readonly removedCases: readonly number[];
  readonly cases: readonly RowChange<CaseRecord>[];
  readonly removedValues: readonly number[];
  readonly values: readonly RowChange<ValueRecord>[];
  readonly labels: readonly RowChange<LabelRecord>[];
  readonly series: readonly SeriesChange[];
  readonly days: readonly { readonly bugId: number; readonly day: number; readonly by: number }[];
  readonly installations: readonly InstallationChange[];
  /** By how much the number of a product's installations changed. */
  readonly productInstallations: readonly { readonly productId: number; readonly by: number }[];
  /** All crashes of a report; `replaces`: rows of an earlier filing are there. */
  readonly filed: readonly {
    readonly reportId: number;
    readonly rows: readonly FiledRecord[];
    readonly replaces: boolean;
  }[];
  readonly removedModules: readonly number[];
  readonly modules: readonly RowChange<MissingModule>[];
  /** What a report lacks from now on. */
  readonly missing: readonly {
    readonly reportId: number;
    readonly modules: readonly number[];
    readonly replaces: boolean;
  }[];
  readonly events: readonly NewEvent[];
  readonly callers: readonly {
    readonly productId: number;
    readonly key: string;
    readonly caller: string;
    readonly count: number;
  }[];
  readonly packages: readonly {
    readonly productId: number;
    readonly name: string;
    readonly count: number;
    readonly learnedAt: number | null;
  }[];
  readonly departures: readonly { readonly from: number; readonly to: number }[];
  /** What nobody has been told yet: one for each bug and event, the last one counts. */
  readonly notices: readonly {
    readonly bugId: number;
    readonly event: Exclude<FiledCrash['event'], 'unchanged'>;
    readonly at: number;
  }[];
  readonly processed: readonly ProcessedChange[];
  readonly factKeys: readonly RowChange<FactKeyRecord>[];
  /** Rows of facts, as `factsToText` writes them. */
  readonly facts: readonly { readonly seq: number; readonly productId: number; readonly facts: string }[];
  /** Rows of facts that count no more. */
  readonly droppedFacts: readonly { readonly productId: number; readonly seq: number }[];
  readonly movedFacts: readonly {
    readonly productId: number;
    readonly seq: number;
    readonly caseId: number;
  }[];
}
