// Reads a database through, a piece at a time, as far as SQLite can be asked to: damage shows as the error of a step. A whole check of a large
// database takes minutes and cannot be interrupted; between two steps there is always time for something else.
import { prepared } from './prepared.ts';
import { query, type Connection } from './query.ts';
import { statements } from './statements.ts';

/** Rows that one step reads, with everything that hangs from them. */
const ROWS_OF_STEP = 200;

interface TableShape {
  readonly name: string;
  readonly rowid: number;
}

// A virtual table's own shadow tables are ordinary ones and are read like the others.
const selectTables = query<[], TableShape>(`
  SELECT name, wr = 0 AS rowid FROM pragma_table_list
  WHERE schema = 'main' AND type IN ('table', 'shadow') AND name NOT LIKE 'sqlite_%' ORDER BY name`);

const selectColumns = query<[table: string], string>(`SELECT name FROM pragma_table_info(?)`);

// A partial index answers no question about the whole table.
const selectIndexes = query<[table: string], string>(
  `SELECT name FROM pragma_index_list(?) WHERE partial = 0`,
);

/** Each step reads some rows, or one small table. Throws SQLite's error (`SQLITE_CORRUPT`, `SQLITE_IOERR`) at the first damage. */
export function* examine(connection: Connection): Generator<void> {
  for (const { name, rowid } of selectTables(connection).all()) {
    if (rowid === 1) {
      yield* readThrough(connection, name);
      for (const index of selectIndexes(connection).pluck().all(name))
        yield walkIndex(connection, name, index);
    } else {
      checkSmall(connection, name);
    }
    yield;
  }
}

/** The last byte of every value is asked for, so that all pages of a long one are read. */
function* readThrough(connection: Connection, table: string): Generator<void> {
  const ends = selectColumns(connection)
    .pluck()
    .all(table)
    .map((column) => `ifnull(length(substr(${quoted(column)}, -1)), 0)`)
    .join(' + ');
  // Numbers of rows may be larger than what a JavaScript number holds exactly.
  const step = prepared<{ after: bigint }, { readonly last: bigint | null }>(
    connection,
    `SELECT max(row) AS last, sum(ends) FROM (
       SELECT rowid AS row, ${ends} AS ends FROM ${quoted(table)} WHERE rowid > @after ORDER BY rowid LIMIT ${ROWS_OF_STEP}
     )`,
  ).safeIntegers();
  let after = -(2n ** 63n);
  for (;;) {
    const { last } = step.get({ after }) ?? { last: null };
    if (last === null || last <= after) return;
    after = last;
    yield;
  }
}

function walkIndex(connection: Connection, table: string, index: string): void {
  prepared<object, number>(
    connection,
    `SELECT count(*) FROM ${quoted(table)} INDEXED BY ${quoted(index)}`,
  ).get({});
}

/** Whole, with its indexes. Throws as SQLite would where it met the damage. */
export function checkWhole(connection: Connection): void {
  requireOk(statements.pragma(connection, 'quick_check(1)'));
}

function checkSmall(connection: Connection, table: string): void {
  requireOk(statements.pragma(connection, `quick_check(${quoted(table)})`));
}

function requireOk(answer: unknown): void {
  const [first] = answer as readonly { readonly quick_check: string }[];
  if (first === undefined || first.quick_check === 'ok') return;
  throw Object.assign(new Error(first.quick_check), { code: 'SQLITE_CORRUPT' });
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
