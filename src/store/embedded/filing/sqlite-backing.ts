// The ledger's backing in SQLite, inside the writer's transaction: a prepared statement for each question and each change.
import type { Backing, Bulks, Lists, Loads, NumberedTable } from '../../filing/backing.ts';
import type { Changes } from '../../filing/changes.ts';
import { query } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { BULK_WRITES } from './bulk-changes.ts';
import { findBug, listBugRows } from './find-bugs.ts';
import { findReport, listReportRows } from './find-reports.ts';
import type { Finders, Listers } from './finders.ts';
import { writeBugs } from './write-bugs.ts';
import { writeFacts } from './write-facts.ts';
import { writeReports } from './write-reports.ts';
import { writeSums } from './write-sums.ts';

export const FINDERS: Finders = { ...findBug, ...findReport };
export const LISTERS: Listers = { ...listBugRows, ...listReportRows };

/** SQLite keeps the highest id that was ever given; rows with ids of their own move it, too. */
const highestId = query<[table: string], number>(`SELECT seq FROM sqlite_sequence WHERE name = ?`);

export class SqliteBacking implements Backing {
  readonly #context: WriteContext;

  constructor(context: WriteContext) {
    this.#context = context;
  }

  async load<N extends keyof Loads>(
    name: N,
    ...args: Parameters<Loads[N]>
  ): Promise<ReturnType<Loads[N]> | null> {
    return FINDERS[name](this.#context.connection, ...args) ?? null;
  }

  async list<N extends keyof Lists>(
    name: N,
    ...args: Parameters<Lists[N]>
  ): Promise<readonly ReturnType<Lists[N]>[]> {
    return LISTERS[name](this.#context.connection, ...args);
  }

  async write(changes: Changes): Promise<void> {
    writeBugs(this.#context.connection, changes);
    writeSums(this.#context.connection, changes);
    writeReports(this.#context, changes);
    writeFacts(this.#context.connection, changes);
  }

  async bulk<N extends keyof Bulks>(name: N, ...args: Parameters<Bulks[N]>): Promise<void> {
    BULK_WRITES[name](this.#context.connection, ...args);
  }

  /** Nobody else writes while this transaction runs: all ids above the highest are free. */
  async ids(table: NumberedTable): Promise<{ readonly first: number; readonly last: number }> {
    const highest = highestId(this.#context.connection).pluck().get(table) ?? 0;
    return { first: highest + 1, last: Number.MAX_SAFE_INTEGER };
  }
}
