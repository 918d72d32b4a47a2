// Where reports would be filed: the rules of filing run on a ledger of their own, which reads what is there and writes nothing.
import type { Backing, Lists, Loads, NumberedTable } from '../../filing/backing.ts';
import type { FilingPreview, WouldFile } from '../../bugs.ts';
import { filedCrashes } from '../../filing/contribution.ts';
import { Ledger } from '../../filing/ledger.ts';
import { routeCrash } from '../../filing/route.ts';
import { filingOf } from '../../shared/filing.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { FINDERS, LISTERS } from './sqlite-backing.ts';

const findReport = query<[crashId: string], { id: number; productId: number; receivedAt: number }>(`
  SELECT reports.id, kinds.product_id AS productId, received_at AS receivedAt
  FROM reports JOIN kinds ON kinds.id = reports.kind_id WHERE crash_id = ?`);
const countStored = query<[bugId: number], number>(`
  SELECT count(*) FROM cases JOIN report_crashes ON report_crashes.case_id = cases.id WHERE cases.bug_id = ?`);

/** Numbers of bugs that exist only here begin above every real one. */
const FIRST_ID = 2 ** 52;

class NothingWritten implements Backing {
  readonly #connection: Connection;
  #next = FIRST_ID;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async load<N extends keyof Loads>(
    name: N,
    ...args: Parameters<Loads[N]>
  ): Promise<ReturnType<Loads[N]> | null> {
    return FINDERS[name](this.#connection, ...args) ?? null;
  }

  async list<N extends keyof Lists>(
    name: N,
    ...args: Parameters<Lists[N]>
  ): Promise<readonly ReturnType<Lists[N]>[]> {
    return LISTERS[name](this.#connection, ...args);
  }

  async write(): Promise<void> {
    // What the rules gathered stays in the ledger's memory, which is all that a preview needs.
  }

  async bulk(): Promise<void> {
    throw new Error('a preview of filing changes no bugs as a whole');
  }

  async ids(_table: NumberedTable): Promise<{ readonly first: number; readonly last: number }> {
    this.#next += 1;
    return { first: this.#next, last: this.#next };
  }
}

/** Tries out filing on what the connection sees. */
export function previewFiling(connection: Connection, now: () => number): FilingPreview {
  const ledger = new Ledger();
  const backing = new NothingWritten(connection);
  return {
    async file(crashId, processed) {
      const report = findReport(connection).get(crashId);
      if (report === undefined) return [];
      ledger.begin(backing);
      const before = await filedCrashes(ledger, report.id);
      const { crashes } = await filingOf(processed);
      const answers: WouldFile[] = [];
      for (const [position, crash] of crashes.entries()) {
        const old = before[position] ?? null;
        const route = await routeCrash(ledger, { report, crash, position, old, now: now() });
        answers.push({
          from: old?.bugId ?? null,
          to: route.bugId > FIRST_ID ? null : route.bugId,
          key: route.crash.key,
          title: route.crash.signature,
        });
      }
      return answers;
    },
    async storedCrashes(bugId) {
      return countStored(connection).pluck().get(bugId) ?? 0;
    },
  };
}
