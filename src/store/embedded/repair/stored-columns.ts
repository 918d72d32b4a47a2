// Which column of a table lies where in its records. File format: sqlite.org/fileformat2.html, sections 2.3 and 2.4.
import { openDatabase } from '../database/open-database.ts';
import { query, type Connection } from '../database/query.ts';
import { statements } from '../database/statements.ts';
import type { Row, Value } from './cell.ts';

interface ColumnInfo {
  readonly name: string;
  readonly type: string;
  readonly pk: number;
  readonly hidden: number;
  readonly dflt: string | null;
}

const selectColumns = query<[table: string], ColumnInfo>(`
  SELECT name, type, pk, hidden, dflt_value AS dflt FROM pragma_table_xinfo(?) ORDER BY cid`);
const selectWithoutRowid = query<[table: string], number>(`
  SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?`);

const VIRTUAL = 2;

/** Gives a row by names of columns. */
export type RowReader = (row: Row) => Readonly<Record<string, Value>>;

/** A place to try out table definitions of the damaged database in. */
export class Scratch {
  readonly #connection: Connection = openDatabase(':memory:', {
    readonly: false,
    cacheBytes: 1024 * 1024,
    walBytes: 1024 * 1024,
  });

  /** How rows of a table are read; null where its definition cannot be used. */
  reader(table: string, sql: string): RowReader | null {
    const connection = this.#connection;
    try {
      statements.exec(connection, sql);
    } catch {
      return null;
    }
    const withoutRowid = selectWithoutRowid(connection).pluck().get(table) === 1;
    const columns = selectColumns(connection)
      .all(table)
      .filter(({ hidden }) => hidden !== VIRTUAL);
    const keys = columns.filter(({ pk }) => pk > 0).sort((left, right) => left.pk - right.pk);
    const stored = withoutRowid ? [...keys, ...columns.filter(({ pk }) => pk === 0)] : columns;
    const [only] = keys;
    const alias = !withoutRowid && keys.length === 1 && only?.type === 'INTEGER' ? only.name : null;
    const defaults = new Map(columns.map(({ name, dflt }) => [name, this.#value(dflt)]));
    return ({ rowid, values }) =>
      Object.fromEntries(
        stored.map(({ name }, index) => {
          if (name === alias && rowid !== null) return [name, asNumber(rowid)];
          // Rows that are older than a column do not hold it.
          return [name, index < values.length ? (values[index] ?? null) : (defaults.get(name) ?? null)];
        }),
      );
  }

  close(): void {
    this.#connection.close();
  }

  #value(expression: string | null): Value {
    if (expression === null) return null;
    const statement = statements.prepare<[], Value>(this.#connection, `SELECT ${expression}`);
    return statement.pluck().get() ?? null;
  }
}

function asNumber(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
