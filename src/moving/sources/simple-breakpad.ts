// simple-breakpad-server: a SQLite database (`database.sqlite`) whose table `crashreports` has a row for each report: product, version, the
// dump and further files as blobs, further fields as texts; `symfiles` has the symbols as texts. Its older versions kept dumps beside the
// database, in `pool/files/minidump/`. The database is a stranger's: it is opened to be read, plain tables alone, one row at a time.
import path from 'node:path';
import { Readable } from 'node:stream';
import Sqlite from 'better-sqlite3';
import { isTime } from '../record-fields.ts';
import { SourceRefused, type SourceFolder } from '../source-folder.ts';
import { refusedReport, requestOfFiles } from './dump-beside.ts';
import { DUMP_PART, formRequest, type FormPart } from './form-request.ts';
import type { Source, SourceItem, SourcePlace } from './source.ts';
import { symbolItems } from './symbol-folder.ts';

const NAMES = ['database.sqlite', 'database.sqlite3', 'db.sqlite'] as const;
const MAGIC = 'SQLite format 3\0';
const MAX_COLUMNS = 500;
/** Columns that are no field of the report. */
const OWN_COLUMNS: ReadonlySet<string> = new Set([
  'id',
  'product',
  'version',
  'createdAt',
  'updatedAt',
  'path',
]);

export const simpleBreakpad: Source = {
  name: 'simple-breakpad-server',
  title: 'the folder or the database of a simple-breakpad-server',
  async detect(place) {
    return (await databaseOf(place)) !== null;
  },
  async *items(place): AsyncGenerator<SourceItem> {
    const { folder, maxBytes } = place;
    const file = await databaseOf(place);
    if (file === null) throw new SourceRefused(`${folder.dir} holds no database of a simple-breakpad-server`);
    const tables = openTables(path.join(folder.dir, file));
    try {
      yield* reports(tables, folder, maxBytes);
      yield* symbols(tables, maxBytes);
    } catch (error) {
      if (!(error instanceof Sqlite.SqliteError)) throw error;
      throw new SourceRefused(`${path.join(folder.dir, file)} cannot be read any further: ${error.message}`);
    } finally {
      tables.database.close();
    }
    // What the rows hold was written there, too; older versions kept it nowhere else.
    if (tables.symbolColumns.length === 0) yield* symbolItems(folder, 'pool/symbols');
  },
};

/** The name of the database; null: there is none. */
async function databaseOf({ folder, file }: SourcePlace): Promise<string | null> {
  for (const name of file === null ? NAMES : [file]) {
    if (!(await folder.has(name))) continue;
    const { handle } = await folder.open(name);
    try {
      const { buffer } = await handle.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, 0);
      if (buffer.toString('latin1') === MAGIC) return name;
    } finally {
      await handle.close();
    }
  }
  return null;
}

interface Tables {
  readonly database: Sqlite.Database;
  readonly reportColumns: readonly string[];
  readonly symbolColumns: readonly string[];
}

function openTables(file: string): Tables {
  try {
    const database = new Sqlite(file, { readonly: true, fileMustExist: true });
    // Nothing that its schema says is run: no function in a view, a default or an index.
    database.pragma('trusted_schema = OFF');
    database.pragma('cell_size_check = ON');
    const reportColumns = columnsOf(database, 'crashreports');
    if (!reportColumns.includes('id'))
      throw new SourceRefused(
        `${file} is no database of a simple-breakpad-server: it has no table "crashreports"`,
      );
    return { database, reportColumns, symbolColumns: columnsOf(database, 'symfiles') };
  } catch (error) {
    if (!(error instanceof Sqlite.SqliteError)) throw error;
    throw new SourceRefused(`${file} cannot be read: ${error.message}`);
  }
}

/** Columns that are stored; none where it is no plain table. */
function columnsOf(database: Sqlite.Database, table: string): readonly string[] {
  const kind = database
    .prepare<[string], { readonly type: string; readonly sql: string }>(
      'SELECT type, sql FROM sqlite_schema WHERE name = ? COLLATE NOCASE',
    )
    .get(table);
  if (kind?.type !== 'table' || /^\s*create\s+virtual/i.test(kind.sql)) return [];
  const columns = database
    .prepare<[string], string>('SELECT name FROM pragma_table_info(?)')
    .pluck()
    .all(table);
  return columns.slice(0, MAX_COLUMNS);
}

type Value = string | number | bigint | Buffer | null;

function* reports(
  { database, reportColumns }: Tables,
  folder: SourceFolder,
  maxBytes: number,
): Generator<SourceItem> {
  const ids = database.prepare<[], number>('SELECT id FROM crashreports ORDER BY id').pluck().all();
  const sizes = reportColumns.map((name) => `ifnull(length(CAST(${quoted(name)} AS BLOB)), 0)`).join(' + ');
  const sizeOf = database.prepare<[number], number>(`SELECT ${sizes} FROM crashreports WHERE id = ?`).pluck();
  const rowOf = database.prepare<[number], Readonly<Record<string, Value>>>(
    `SELECT ${reportColumns.map(quoted).join(', ')} FROM crashreports WHERE id = ?`,
  );
  for (const id of ids) {
    const name = `report ${id}`;
    if ((sizeOf.get(id) ?? 0) > maxBytes) {
      yield refusedReport(name, 'too_large', `it has more than ${maxBytes} bytes`);
      continue;
    }
    const row = rowOf.get(id);
    if (row !== undefined) yield reportOf(name, row, folder);
  }
}

function reportOf(name: string, row: Readonly<Record<string, Value>>, folder: SourceFolder): SourceItem {
  const fields: (readonly [string, string])[] = [];
  const named = (column: string, field: string): void => {
    const value = row[column];
    if (typeof value === 'string' && value !== '') fields.push([field, value]);
  };
  named('product', 'prod');
  named('version', 'ver');
  const files: FormPart[] = [];
  for (const [column, value] of Object.entries(row)) {
    if (Buffer.isBuffer(value)) {
      const part: FormPart = {
        part: column,
        filename: column === DUMP_PART ? 'minidump.dmp' : column,
        bytes: value,
      };
      if (column === DUMP_PART) files.unshift(part);
      else files.push(part);
    } else if (!OWN_COLUMNS.has(column) && value !== null) fields.push([column, String(value)]);
  }
  const receivedAt = timeOf(row['createdAt']);
  if (receivedAt === null)
    return refusedReport(name, 'bad_record', 'it does not say when it came ("createdAt")');
  if (files.length > 0)
    return {
      is: 'report',
      name,
      request: async (intake) => formRequest({ fields, files, receivedAt }, intake),
    };
  const beside = row['path'];
  if (typeof beside !== 'string') return refusedReport(name, 'missing_file', 'it has no dump');
  // Whatever the path says: dumps lie in one folder.
  const file = `pool/files/minidump/${path.posix.basename(beside.replaceAll('\\', '/'))}`;
  return {
    is: 'report',
    name,
    request: (intake) =>
      requestOfFiles(
        folder,
        [{ part: DUMP_PART, filename: 'minidump.dmp', file }],
        () => ({ fields, receivedAt }),
        intake,
      ),
  };
}

/** `2016-03-01 12:00:00.000 +00:00`, or milliseconds since 1970. */
function timeOf(value: Value | undefined): number | null {
  if (typeof value === 'number') return isTime(value) ? Math.floor(value) : null;
  if (typeof value !== 'string') return null;
  const time = Date.parse(
    value.replace(/^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?) ?([+-]\d\d:\d\d|Z)?$/, '$1T$2$3'),
  );
  return isTime(time) ? time : null;
}

function* symbols({ database, symbolColumns }: Tables, maxBytes: number): Generator<SourceItem> {
  if (!['name', 'code', 'contents'].every((column) => symbolColumns.includes(column))) return;
  const ids = database.prepare<[], number>('SELECT id FROM symfiles ORDER BY id').pluck().all();
  const rowOf = database.prepare<[number], { name: Value; code: Value; bytes: number }>(
    'SELECT name, code, ifnull(length(CAST(contents AS BLOB)), 0) AS bytes FROM symfiles WHERE id = ?',
  );
  const contentsOf = database
    .prepare<[number], Buffer>('SELECT CAST(contents AS BLOB) FROM symfiles WHERE id = ?')
    .pluck();
  for (const id of ids) {
    const row = rowOf.get(id);
    if (row === undefined) continue;
    const { name, code, bytes } = row;
    if (bytes > maxBytes) {
      yield {
        is: 'refused',
        what: 'symbols',
        name: `symbols ${id}`,
        code: 'too_large',
        why: `${bytes} bytes`,
      };
      continue;
    }
    yield {
      is: 'symbols',
      name: `symbols ${id}`,
      debugFile: String(name ?? ''),
      debugId: String(code ?? ''),
      origin: 'import',
      async open() {
        return {
          size: bytes,
          bytes: Readable.from([contentsOf.get(id) ?? Buffer.alloc(0)], { objectMode: false }),
        };
      },
    };
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
