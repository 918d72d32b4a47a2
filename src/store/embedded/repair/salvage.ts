// Brings what can be read of a damaged database into a new one: every row that a tree still leads to, and then every report that lies somewhere
// else and proves by its seal that it is whole.
import { query, type Connection } from '../database/query.ts';
import { sealedParameters } from '../database/sealed-columns.ts';
import { statements } from '../database/statements.ts';
import { attachmentsFit, damagedAttachments } from './attachments-fit.ts';
import type { Row, Value } from './cell.ts';
import { openedReport, openedValue } from './opened-report.ts';
import { checkReport, isSealed } from './salvaged-report.ts';
import type { NamedRow } from './salvaged-report.ts';
import { Scratch } from './stored-columns.ts';
import type { RowReader } from './stored-columns.ts';
import type { TableEntry } from './table-map.ts';
import type { Walk } from './tree.ts';

/** What became of one table. */
export interface TableOutcome {
  readonly table: string;
  readonly rows: number;
  /** Pages and rows that could not be read, and rows that the new database did not take. */
  readonly lostPages: number;
  readonly lostRows: number;
}

/** What became of the whole. */
export interface Salvaged {
  readonly tables: readonly TableOutcome[];
  /** Reports that no tree led to any more. */
  readonly found: number;
  /** Reports that are not what they were, as sentences. */
  readonly altered: readonly string[];
  /** The highest numbers that were ever given, by table. */
  readonly sequences: ReadonlyMap<string, number>;
}

const ROWS_OF_TRANSACTION = 5000;

const targetColumns = query<[table: string], string>(`SELECT name FROM pragma_table_info(?)`);

/**
 * Made again from the reports: the search index, and the list of those that wait for it. The list of migrations is the new one's, and data keys
 * are there before (repair.ts). */
function isDerived(table: string): boolean {
  return (
    /^(report_words|sqlite_)/.test(table) || ['search_pending', 'migrations', 'data_keys'].includes(table)
  );
}

/** Fills `target`, which has the schema that the damaged database had. */
export function salvage(walk: Walk, entries: readonly TableEntry[], target: Connection): Salvaged {
  const scratch = new Scratch();
  const altered: string[] = [];
  const sequences = new Map<string, number>();
  const tables: TableOutcome[] = [];
  let reports: RowReader | null = null;
  try {
    for (const { name, root, sql } of entries) {
      if (name === 'sqlite_sequence') {
        for (const { values } of walk.rows(root)) noteSequence(sequences, values);
        continue;
      }
      const reader = isDerived(name) ? null : scratch.reader(name, sql);
      if (reader === null) {
        // Read all the same, so that its pages are known.
        for (const _ of walk.rows(root));
        walk.takeLosses();
        continue;
      }
      if (name === 'reports') reports = reader;
      tables.push(copyTable(walk, { name, root, reader }, target, altered));
    }
    reports ??= scratch.reader('reports', definitionOf(target));
    const found = reports === null ? 0 : takeStrays(walk, reports, target);
    altered.push(...damagedData(target));
    return { tables, found, altered, sequences };
  } finally {
    scratch.close();
  }
}

function noteSequence(sequences: Map<string, number>, [name, highest]: readonly Value[]): void {
  if (typeof name === 'string' && typeof highest === 'number') sequences.set(name, highest);
}

const selectDefinition = query<[], string>(
  `SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = 'reports'`,
);

function definitionOf(target: Connection): string {
  return selectDefinition(target).pluck().get() ?? '';
}

function copyTable(
  walk: Walk,
  { name, root, reader }: { readonly name: string; readonly root: number; readonly reader: RowReader },
  target: Connection,
  altered: string[],
): TableOutcome {
  const insert = inserter(target, name);
  let rows = 0;
  let refused = 0;
  inBatches(target, walk.rows(root), (row) => {
    let named = reader(row);
    if (name === 'reports') {
      const checked = checkReport(openedReport(named));
      if (checked?.problem != null) altered.push(`${checked.crashId}: ${checked.problem}`);
      if (checked === null) {
        refused += 1;
        return;
      }
      named = checked.row;
    }
    if (insert(named)) rows += 1;
    else refused += 1;
  });
  const { pages, rows: unread } = walk.takeLosses();
  return { table: name, rows, lostPages: pages, lostRows: unread + refused };
}

/** Puts a row into a table; false: it was not taken. Rows that a new database begins with give way to those of the old. */
function inserter(target: Connection, table: string): (row: NamedRow) => boolean {
  const columns = targetColumns(target).pluck().all(table);
  if (columns.length === 0) return () => false;
  const names = columns.map((column) => `"${column}"`).join(', ');
  const insert = statements.prepare<unknown[], never>(
    target,
    `INSERT OR IGNORE INTO "${table}" (${names}) VALUES (${table === 'reports' ? sealedParameters(table, columns) : columns.map(() => '?').join(', ')})`,
  );
  let begun = false;
  return (row) => {
    try {
      if (!begun) statements.exec(target, `DELETE FROM "${table}"`);
      begun = true;
      return insert.run(...columns.map((column) => row[column] ?? null)).changes > 0;
    } catch (error) {
      // A value of the wrong kind: damage.
      if (
        error instanceof Error &&
        /^SQLITE_(CONSTRAINT|MISMATCH)/.test((error as { code?: string }).code ?? '')
      ) {
        return false;
      }
      throw error;
    }
  };
}

function inBatches(target: Connection, rows: Iterable<Row>, take: (row: Row) => void): void {
  let count = 0;
  statements.exec(target, 'BEGIN');
  for (const row of rows) {
    take(row);
    count += 1;
    if (count % ROWS_OF_TRANSACTION === 0) statements.exec(target, 'COMMIT; BEGIN');
  }
  statements.exec(target, 'COMMIT');
}

const dataOfReports = query<
  [],
  {
    readonly crashId: string;
    readonly attachments: string;
    readonly compressed: number;
    readonly data: Buffer;
  }
>(`
  SELECT reports.crash_id AS crashId, opened(reports.attachments, 'reports.attachments') AS attachments, report_data.compressed,
    opened(report_data.data, 'report_data.data') AS data
  FROM report_data JOIN reports ON reports.id = report_data.report_id`);

/** Reports whose attachments are not what they were, as sentences. They stay: part of one is better than nothing. */
function damagedData(target: Connection): readonly string[] {
  const sentences: string[] = [];
  for (const { crashId, attachments, compressed, data } of dataOfReports(target).iterate()) {
    const damaged = damagedAttachments(attachments, compressed, data) ?? [];
    if (damaged.length > 0) sentences.push(`${crashId}: the attachments ${damaged.join(', ')} are damaged`);
  }
  return sentences;
}

const hasReport = query<[crashId: string], number>(`SELECT 1 FROM reports WHERE crash_id = ?`);
const attachmentsWithoutData = query<[id: Value], string>(`
  SELECT opened(attachments, 'reports.attachments') FROM reports
  WHERE id = ? AND NOT EXISTS (SELECT 1 FROM report_data WHERE report_id = reports.id)`);
const insertData = query<[id: Value, compressed: number, data: Buffer]>(`
  INSERT OR IGNORE INTO report_data (report_id, compressed, data) VALUES (?, ?, sealed(?, 'report_data.data'))`);

/** First the reports, then the attachments that fit to one of them. */
function takeStrays(walk: Walk, reader: RowReader, target: Connection): number {
  const columns = targetColumns(target).pluck().all('reports');
  const insert = statements.prepare<unknown[], never>(
    target,
    `INSERT OR IGNORE INTO reports (${columns.map((column) => `"${column}"`).join(', ')})
     VALUES (${sealedParameters('reports', columns)})`,
  );
  let found = 0;
  inBatches(target, walk.strayRows(), (row) => {
    const named = openedReport(reader(row));
    const crashId = named['crash_id'];
    if (typeof crashId !== 'string' || !isSealed(named) || hasReport(target).get(crashId) !== undefined)
      return;
    found += insert.run(...columns.map((column) => named[column] ?? null)).changes;
  });
  inBatches(target, walk.strayRows(), ({ rowid, values }) => {
    const [id, compressed, stored] = values;
    if (rowid === null || id !== null || values.length !== 3 || !Buffer.isBuffer(stored)) return;
    const data = openedValue(stored, 'report_data.data');
    if (!Buffer.isBuffer(data)) return;
    if (compressed !== 0 && compressed !== 1) return;
    const attachments = attachmentsWithoutData(target).pluck().get(rowid);
    if (attachments !== undefined && attachmentsFit(attachments, compressed, data))
      insertData(target).run(rowid, compressed, data);
  });
  return found;
}
