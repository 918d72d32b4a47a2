// Store contract: what people do to many bugs at once, in steps, and its undoing.
//
// States of an act: begun (`done` < `bugs`) —step→ … → done; any of them —undo→ being undone (`restored` + `kept` < `changed`) —step→ … →
// undone. A step takes a bounded number of bugs in one transaction, so that reports that come in wait for no more than one; whoever asked
// calls `step` until nothing is left, and anybody can go on later. Acts can be undone for `UNDO_MS`, and are forgotten then.

import type { ProductName } from './reports.ts';

/** More bugs than this are not changed by one act. */
export const MAX_BULK_BUGS = 10_000;
/** A merge counts the other bug anew each time. */
export const MAX_BULK_MERGES = 100;
/** As long as an act can be undone. */
export const UNDO_MS = 7 * 24 * 60 * 60 * 1000;

export type BulkChange =
  | { readonly do: 'close'; readonly inVersion: string | null }
  | { readonly do: 'reopen' }
  | { readonly do: 'ignore'; readonly until: number | null; readonly untilCount: number | null }
  | { readonly do: 'assign'; readonly assignee: string | null }
  /** Each bug of the act into this one. */
  | { readonly do: 'merge'; readonly into: number };

export interface BulkAct {
  readonly id: number;
  readonly at: number;
  readonly by: string;
  readonly change: BulkChange;
  /** To how many bugs it is to be done, how many had their turn, and how many of them it changed. */
  readonly bugs: number;
  readonly done: number;
  readonly changed: number;
  readonly undoneAt: number | null;
  readonly undoneBy: string | null;
  /** Bugs that are again what they were, and bugs that somebody or something changed since: those stay. */
  readonly restored: number;
  readonly kept: number;
}

/** Whether steps are left. */
export function isUnderWay({ bugs, done, changed, undoneAt, restored, kept }: BulkAct): boolean {
  return undoneAt === null ? done < bugs : restored + kept < changed;
}

export interface BulkStore {
  /** Notes the act and changes nothing yet. Numbers of no bug, and bugs that were merged away, are passed over when their turn comes. */
  begin(change: BulkChange, bugs: readonly number[], by: string): Promise<number>;
  /** Does the next bugs, or undoes them; gives the act afterwards. Null: there is no such act. */
  step(id: number): Promise<BulkAct | null>;
  /**
   * From now on its steps undo it, the last bug first: each gets back exactly what it had, and the lines of the act leave its history. A bug
   * that was changed since in what the act changed stays as it is. False: it is undone already, too old, or gone.
   */
  undo(id: number, by: string): Promise<boolean>;
  get(id: number): Promise<BulkAct | null>;
  /** The products of its bugs, as far as those are still there. */
  productsOf(id: number): Promise<readonly ProductName[]>;
  /** Those that can still be undone, and those that were, the last first. */
  list(limit: number): Promise<readonly BulkAct[]>;
}
