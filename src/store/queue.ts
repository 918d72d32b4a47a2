// Store contract: the queue of reports to process. The report row is the queue entry, so nothing is lost between "stored" and "queued".
import type { Within } from './reports.ts';
//
// States of a report (report.ts): `queued` —lease→ (leased: queued with a lease that has not run out) —complete→ `processed`;
// —fail→ `queued` with a later due time, or after MAX_ATTEMPTS `failed`. A lease that runs out makes the report due again, and its
// lease id counts until somebody else has leased the report. A worker that dies with its report leaves the attempt counted: see
// `Leased.attempt`.
// `requeue` puts processed, failed and deferred ones back to `queued`.
import type { ProcessedReport } from '../report/processed-report.ts';
import type { Report, ReportState } from '../report/report.ts';
import type { BugState } from './bugs.ts';

/** A report that a worker holds until `leaseUntil`. */
export interface Leased {
  readonly crashId: string;
  /** Given back with complete and fail: an old lease changes nothing. */
  readonly leaseId: string;
  /** 1 for the first try since the report was stored or put back. Leases that ran out count, so it can pass the maximum. */
  readonly attempt: number;
  readonly report: Report;
}

/** What to process again. Every field narrows; at least one is required by the command line. */
export interface ReprocessFilter {
  readonly within?: Within;
  readonly account?: string;
  readonly product?: string;
  readonly protocol?: string;
  readonly signature?: string;
  readonly bugId?: number;
  readonly state?: ReportState;
  readonly receivedFrom?: number;
  readonly receivedTo?: number;
  /** Reports whose last processing lacked these symbols. */
  readonly missingDebugId?: string;
}

/** What became of a processed report's bugs, for notifications. */
export interface FiledCrash {
  readonly bugId: number;
  /**
   * `new`: the bug did not exist; `reopened`: it was closed, or its ignoring ended; `recurring`: it was there.
   * Processing a report again gives `unchanged`.
   */
  readonly event: 'new' | 'reopened' | 'recurring' | 'unchanged';
  /** The bug's state afterwards: nobody is told of `closed` and `ignored` ones. */
  readonly state: BugState;
}

export interface QueueCounts {
  /** Due now or later, and not leased. */
  readonly queued: number;
  readonly leased: number;
  readonly failed: number;
  readonly deferred: number;
  readonly paused: boolean;
  /** Age in milliseconds of the oldest due report; null when there is none. */
  readonly oldestMs: number | null;
}

export interface QueueStore {
  /**
   * Leases up to `limit` due reports, oldest first (by arrival, or by the time from which they are due again); none while paused.
   * `crashId`: only this report, where it is due, whatever waits before it.
   */
  lease(options: {
    readonly worker: string;
    readonly limit: number;
    readonly leaseMs: number;
    /** Characters of annotations, about: a report is lent as long as those before it have fewer. Absent: any number. */
    readonly maxBytes?: number;
    readonly crashId?: string;
  }): Promise<readonly Leased[]>;
  /** Prolongs a lease under way; false: it is lost. */
  extend(crashId: string, leaseId: string, leaseMs: number): Promise<boolean>;
  /**
   * Stores the processed report, files its crashes under their bugs (creating, reopening), and updates every count and series,
   * in one transaction, exactly once per report: processing again replaces what the report contributed before. The same transaction
   * writes down what nobody has been told yet (`PendingNotice`, notifications.ts).
   * Asked again under the lease that filed the report (the first answer may have been lost on its way), it changes nothing and gives
   * the same events, with the bugs as they are now. Null: the lease was lost, nothing changed.
   */
  complete(
    crashId: string,
    leaseId: string,
    processed: ProcessedReport,
  ): Promise<readonly FiledCrash[] | null>;
  /**
   * `retryAt` null: the report becomes `failed` and shows `reason`. `uncounted`: it was given back without having been tried, and the
   * attempt does not count.
   */
  fail(
    crashId: string,
    leaseId: string,
    failure: { readonly reason: string; readonly retryAt: number | null; readonly uncounted?: boolean },
  ): Promise<boolean>;
  /** Crash ids that a filter finds, oldest first, from a cursor: `mayday reprocess` pages through them. */
  findForReprocess(
    filter: ReprocessFilter,
    page: { readonly limit: number; readonly cursor: string | null },
  ): Promise<{ readonly crashIds: readonly string[]; readonly next: string | null; readonly total: number }>;
  /** Puts reports back to `queued`, also leased ones (their lease is lost); gives how many it did. */
  requeue(crashIds: readonly string[]): Promise<number>;
  counts(): Promise<QueueCounts>;
  setPaused(paused: boolean): Promise<void>;
  getProcessed(
    crashId: string,
  ): Promise<{ readonly processed: ProcessedReport; readonly bugIds: readonly number[] } | null>;
  /** Why a report is `failed`, and its attempts. */
  failure(crashId: string): Promise<{ readonly reason: string; readonly attempts: number } | null>;
}
