// The working set of whoever files: rows that were asked for or made, in memory, and what became of them, written behind. A hit
// answers from memory, a miss asks the backing. A bug that a hundred reports of a batch hit is read once and written once.
//
// States: in a transaction (`begin` was called) → its changes written (`flush`) → committed: the rows stay for the next one, or rolled
// back: `clear`. Who changes the same tables beside the ledger in between calls `clear`, too.
import type { VersionRules } from '../../report/version-schemes.ts';
import type { ReopenMode } from '../bugs.ts';
import { DEFAULT_RULES } from '../shared/default-rules.ts';
import type { Backing, Bulks, Lists, Loads, NumberedTable } from './backing.ts';
import type { Changes } from './changes.ts';
import { LedgerBugs } from './ledger-bugs.ts';
import { LedgerCallers } from './ledger-callers.ts';
import { LedgerCases } from './ledger-cases.ts';
import { LedgerFacts } from './ledger-facts.ts';
import { LedgerHistory } from './ledger-history.ts';
import { LedgerLabels } from './ledger-labels.ts';
import { LedgerPackages } from './ledger-packages.ts';
import { LedgerReports } from './ledger-reports.ts';
import { LedgerSums } from './ledger-sums.ts';
import type { HeldReport } from './rows.ts';

/** Beyond so many rows (some ten megabytes) the bugs that were asked for longest ago go, before a transaction begins. */
const MAX_ROWS = 40_000;
const KEPT_ROWS = 30_000;

export class Ledger {
  #backing: Backing | null = null;
  readonly #ids = new Map<NumberedTable, { next: number; readonly last: number }>();
  readonly bugs: LedgerBugs;
  readonly callers: LedgerCallers;
  readonly packages: LedgerPackages;
  readonly cases: LedgerCases;
  readonly sums: LedgerSums;
  readonly labels: LedgerLabels;
  readonly reports: LedgerReports;
  readonly facts: LedgerFacts;
  readonly history = new LedgerHistory();

  constructor() {
    const backing = (): Backing => this.#open();
    this.bugs = new LedgerBugs(backing);
    this.callers = new LedgerCallers(backing);
    this.packages = new LedgerPackages(backing);
    this.cases = new LedgerCases(backing);
    this.sums = new LedgerSums(backing);
    this.labels = new LedgerLabels(backing);
    this.reports = new LedgerReports(backing);
    this.facts = new LedgerFacts(backing);
  }

  /** A transaction begins; `backing` works in it. */
  begin(backing: Backing): void {
    this.#backing = backing;
    this.#ids.clear();
    this.reports.forgetReports();
    if (this.#size() > MAX_ROWS) this.#shrink();
  }

  /** The id of a new row. */
  async nextId(table: NumberedTable): Promise<number> {
    let block = this.#ids.get(table);
    if (block === undefined || block.next > block.last) {
      const { first, last } = await this.#open().ids(table);
      this.#ids.set(table, (block = { next: first, last }));
    }
    return block.next++;
  }

  /** The queued report that a lease holds. A report that is through may not be written yet. */
  async heldReport(crashId: string, leaseId: string): Promise<HeldReport | null> {
    if (this.reports.isProcessed(crashId)) await this.flush();
    return this.#open().load('heldReport', crashId, leaseId);
  }

  /** When closed bugs of a product are reopened. People change it beside the ledger, so it is asked for each time. */
  async reopenMode(productId: number): Promise<ReopenMode> {
    return (await this.#open().load('reopenMode', productId)) ?? DEFAULT_RULES.reopenMode;
  }

  /** What tells the users of a product apart beside the usual names; asked for each time, too. Null: nothing. */
  async userAnnotation(productId: number): Promise<string | null> {
    return (await this.#open().load('userAnnotation', productId)) ?? null;
  }

  /** How a product orders its versions; asked for each time, too. */
  async versionRules(productId: number): Promise<VersionRules> {
    const { versionScheme: scheme, versionCorrections: corrections } = DEFAULT_RULES;
    return (await this.#open().load('versionRules', productId)) ?? { scheme, corrections };
  }

  /** The number under which people see an installation. */
  async installationNumber(productId: number, installation: string): Promise<number | null> {
    return this.#open().load('installationNumber', productId, installation);
  }

  /** Asks for a row that the ledger does not keep, after everything is written. */
  async load<N extends keyof Loads>(
    name: N,
    ...args: Parameters<Loads[N]>
  ): Promise<ReturnType<Loads[N]> | null> {
    await this.flush();
    return this.#open().load(name, ...args);
  }

  /** The same for rows of one owner. */
  async list<N extends keyof Lists>(
    name: N,
    ...args: Parameters<Lists[N]>
  ): Promise<readonly ReturnType<Lists[N]>[]> {
    await this.flush();
    return this.#open().list(name, ...args);
  }

  /** A set-based change, after everything is written. The caller forgets the bugs that it touched. */
  async bulk<N extends keyof Bulks>(name: N, ...args: Parameters<Bulks[N]>): Promise<void> {
    await this.flush();
    await this.#open().bulk(name, ...args);
  }

  /** Writes what was gathered. */
  async flush(): Promise<void> {
    const changes: Changes = {
      ...this.bugs.takeChanges(),
      ...this.callers.takeChanges(),
      ...this.packages.takeChanges(),
      ...this.cases.takeChanges(),
      ...this.sums.takeChanges(),
      ...this.labels.takeChanges(),
      ...this.reports.takeChanges(),
      ...this.facts.takeChanges(),
      ...this.history.takeChanges(),
    };
    if (Object.values(changes).some((part: readonly unknown[]) => part.length > 0)) {
      await this.#open().write(changes);
    }
  }

  /** Forgets bugs that a set-based change touched, with their cases and keys. */
  forget(...bugIds: readonly number[]): void {
    for (const id of bugIds) {
      this.bugs.forget(id);
      this.callers.forget(id);
      this.cases.forget(id);
      this.sums.forget(id);
    }
  }

  /** Forgets everything, written or not. */
  clear(): void {
    this.bugs.clear();
    this.callers.clear();
    this.packages.clear();
    this.cases.clear();
    this.sums.clear();
    this.labels.clear();
    this.reports.clear();
    this.facts.clear();
    this.history.clear();
    this.#ids.clear();
  }

  #shrink(): void {
    for (const id of this.bugs.leastRecent()) {
      if (this.#size() <= KEPT_ROWS) return;
      this.forget(id);
    }
    // What is left belongs to no bug: keys that lead nowhere, labels, installations of products.
    this.clear();
  }

  #size(): number {
    const { bugs, callers, packages, cases, sums, labels, reports, facts } = this;
    const ofProducts = callers.size + packages.size + labels.size + facts.size;
    return bugs.size + cases.size + sums.size + reports.size + ofProducts;
  }

  #open(): Backing {
    if (this.#backing === null) throw new Error('the ledger is used outside a transaction');
    return this.#backing;
  }
}
