// The ledger's reports: what their crashes added, what they lack, whose processing is through. Kept for one transaction only.
import type { Backing } from './backing.ts';
import type { Changes, ProcessedChange } from './changes.ts';
import { HeldRows } from './held-rows.ts';
import type { FiledRecord, MissingModule } from './rows.ts';

interface FiledReport {
  /** Rows that are in the table. */
  written: number;
  rows: FiledRecord[];
  changed: boolean;
}

interface LackingReport {
  written: number;
  modules: readonly number[];
  changed: boolean;
}

export class LedgerReports {
  readonly #backing: () => Backing;
  readonly #filed = new Map<number, FiledReport>();
  readonly #lacking = new Map<number, LackingReport>();
  readonly #modules = new HeldRows<MissingModule>();
  /** By debug id and file; null: it was removed. */
  readonly #moduleIds = new Map<string, number | null>();
  readonly #processed = new Map<string, ProcessedChange>();

  constructor(backing: () => Backing) {
    this.#backing = backing;
  }

  get size(): number {
    return this.#modules.size;
  }

  /** What a report contributes at present, by position. */
  async filed(reportId: number): Promise<readonly FiledRecord[]> {
    return [...(await this.#filedReport(reportId)).rows];
  }

  /** Writes down what a crash added, in the place of what stood there. */
  async file(row: FiledRecord): Promise<void> {
    const report = await this.#filedReport(row.reportId);
    report.rows[row.position] = row;
    report.changed = true;
  }

  /** Drops the rows of a report from a position on. */
  async cut(reportId: number, length: number): Promise<void> {
    const report = await this.#filedReport(reportId);
    if (report.rows.length <= length) return;
    report.rows.length = length;
    report.changed = true;
  }

  /** The modules that a report lacks. */
  async lacking(reportId: number): Promise<readonly number[]> {
    return (await this.#lackingReport(reportId)).modules;
  }

  async lacks(reportId: number, modules: readonly number[]): Promise<void> {
    const report = await this.#lackingReport(reportId);
    if (modules.length === 0 && report.modules.length === 0) return;
    Object.assign(report, { modules, changed: true });
  }

  async module(debugId: string, debugFile: string): Promise<MissingModule | null> {
    const known = this.#moduleIds.get(moduleName(debugId, debugFile));
    if (known !== undefined) return known === null ? null : this.#modules.get(known);
    const row = await this.#backing().load('module', debugId, debugFile);
    return row === null ? null : this.#keep(row);
  }

  async moduleById(id: number): Promise<MissingModule | null> {
    const held = this.#modules.get(id);
    if (held !== null) return held;
    const row = await this.#backing().load('moduleById', id);
    return row === null ? null : this.#keep(row);
  }

  addModule(row: MissingModule): void {
    this.#moduleIds.set(moduleName(row.debugId, row.debugFile), row.id);
    this.#modules.add(row);
  }

  changeModule(id: number, fields: Partial<Omit<MissingModule, 'id'>>): void {
    this.#modules.change(id, fields);
  }

  removeModule({ id, debugId, debugFile }: MissingModule): void {
    this.#moduleIds.set(moduleName(debugId, debugFile), null);
    this.#modules.remove(id);
  }

  /** The report's processing is through. */
  processed(change: ProcessedChange): void {
    this.#processed.set(change.report.crashId, change);
  }

  /** Whether a report's end of processing is not written yet: its lease still looks alive in the tables. */
  isProcessed(crashId: string): boolean {
    return this.#processed.has(crashId);
  }

  takeChanges(): Pick<Changes, 'filed' | 'missing' | 'modules' | 'removedModules' | 'processed'> {
    const filed: Changes['filed'][number][] = [];
    for (const [reportId, report] of this.#filed) {
      if (!report.changed) continue;
      filed.push({ reportId, rows: [...report.rows], replaces: report.written > 0 });
      Object.assign(report, { changed: false, written: report.rows.length });
    }
    const missing: Changes['missing'][number][] = [];
    for (const [reportId, report] of this.#lacking) {
      if (!report.changed) continue;
      missing.push({ reportId, modules: report.modules, replaces: report.written > 0 });
      Object.assign(report, { changed: false, written: report.modules.length });
    }
    const processed = [...this.#processed.values()];
    this.#processed.clear();
    const { changed: modules, removed: removedModules } = this.#modules.takeChanges();
    return { filed, missing, modules, removedModules, processed };
  }

  /** Forgets reports whose changes are written. */
  forgetReports(): void {
    this.#filed.clear();
    this.#lacking.clear();
  }

  clear(): void {
    this.forgetReports();
    this.#modules.clear();
    this.#moduleIds.clear();
    this.#processed.clear();
  }

  #keep(row: MissingModule): MissingModule {
    this.#moduleIds.set(moduleName(row.debugId, row.debugFile), row.id);
    return this.#modules.keep(row);
  }

  async #filedReport(reportId: number): Promise<FiledReport> {
    let report = this.#filed.get(reportId);
    if (report === undefined) {
      const rows = [...(await this.#backing().list('filedCrashes', reportId))];
      this.#filed.set(reportId, (report = { written: rows.length, rows, changed: false }));
    }
    return report;
  }

  async #lackingReport(reportId: number): Promise<LackingReport> {
    let report = this.#lacking.get(reportId);
    if (report === undefined) {
      const modules = await this.#backing().list('modulesOfReport', reportId);
      this.#lacking.set(reportId, (report = { written: modules.length, modules, changed: false }));
    }
    return report;
  }
}

function moduleName(debugId: string, debugFile: string): string {
  return `${debugId}:${debugFile}`;
}
