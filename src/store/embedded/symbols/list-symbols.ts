// Lists of symbol files and of modules that lack them.
import type { Page, PageRequest, Within } from '../../reports.ts';
import type { MissingSymbol, SymbolFile, SymbolFilter } from '../../symbols.ts';
import { prepared } from '../database/prepared.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { productIdsWithin } from '../database/products-within.ts';
import { SYMBOL_COLUMNS, toSymbolFile } from './symbol-row.ts';
import type { SymbolRow } from './symbol-row.ts';

const MAX_PAGE = 200;

/** Each order walks an index; a cursor is the place of the last row in it. */
const ORDERS = {
  newest: { columns: ['uploaded_at', 'id'], direction: 'DESC', beyond: '<' },
  largest: { columns: ['size', 'id'], direction: 'DESC', beyond: '<' },
  name: { columns: ['debug_file', 'debug_id'], direction: 'ASC', beyond: '>' },
} as const;

type PlacedRow = SymbolRow & { readonly place0: string | number; readonly place1: string | number };

/** One page. */
export function listSymbols(
  connection: Connection,
  filter: SymbolFilter,
  page: PageRequest,
): Page<SymbolFile> {
  const limit = Math.min(Math.max(Math.floor(page.limit), 1), MAX_PAGE);
  const order = filter.order ?? 'newest';
  const { columns, direction, beyond } = ORDERS[order];
  const after = placeOfCursor(page.cursor, order);
  const conditions = [
    ...(filter.text === undefined || filter.text === '' ? [] : [MATCHES_TEXT]),
    ...(filter.accounts === undefined ? [] : [OF_ACCOUNTS]),
    ...(filter.product === undefined ? [] : ['product = @product']),
    ...(filter.holds === undefined
      ? []
      : [`format ${filter.holds === 'symbols' ? 'NOT ' : ''}IN ('sourcemap', 'proguard')`]),
    ...(filter.olderThan === undefined
      ? []
      : ['uploaded_at < @olderThan AND ifnull(last_used_at, 0) < @olderThan']),
    ...(after === null ? [] : [`(${columns.join(', ')}) ${beyond} (@place0, @place1)`]),
  ];
  const rows = prepared<Record<string, unknown>, PlacedRow>(
    connection,
    `SELECT ${SYMBOL_COLUMNS}, ${columns[0]} AS place0, ${columns[1]} AS place1 FROM symbols
     ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}
     ORDER BY ${columns.map((column) => `${column} ${direction}`).join(', ')} LIMIT @limit`,
  ).all({
    text: filter.text?.toLowerCase(),
    product: filter.product,
    accounts: JSON.stringify(filter.accounts ?? []),
    olderThan: filter.olderThan,
    place0: after?.[0],
    place1: after?.[1],
    limit: limit + 1,
  });
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    rows: shown.map(({ place0: _first, place1: _second, ...row }) => toSymbolFile(row)),
    next: rows.length > limit && last !== undefined ? cursorOf(order, last) : null,
  };
}

const MATCHES_TEXT = `
  instr(lower(debug_file || ' ' || debug_id || ' ' || ifnull(code_file, '') || ' ' || ifnull(code_id, '')), @text) > 0`;

/** Theirs, or everybody's. */
const OF_ACCOUNTS = `
  (source <> 'upload' OR id IN (
    SELECT symbol_id FROM symbol_accounts WHERE account_id IN (
      SELECT id FROM accounts WHERE name IN (SELECT value FROM json_each(@accounts)))))`;

type Order = keyof typeof ORDERS;

function cursorOf(order: Order, { place0, place1 }: PlacedRow): string {
  return Buffer.from(JSON.stringify([order, place0, place1])).toString('base64url');
}

function placeOfCursor(
  cursor: string | undefined,
  order: Order,
): readonly [string | number, string | number] | null {
  if (cursor === undefined) return null;
  try {
    const [name, ...place] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as readonly unknown[];
    const [first, second] = place;
    const wanted = order === 'name' ? 'string' : 'number';
    if (name !== order || typeof first !== wanted || typeof second !== wanted) return null;
    return [first as string | number, second as string | number];
  } catch {
    // Not a cursor of ours: the first page.
    return null;
  }
}

const selectMissing = query<[limit: number], MissingSymbol>(`
  SELECT
    debug_file AS debugFile, debug_id AS debugId, code_file AS codeFile, code_id AS codeId, reports,
    last_seen_at AS lastSeenAt
  FROM missing_symbols ORDER BY reports DESC, last_seen_at DESC LIMIT ?`);

/** Counted anew: the sums are those of all products. */
const selectMissingOf = query<[products: string, limit: number], MissingSymbol>(`
  SELECT
    missing_symbols.debug_file AS debugFile, missing_symbols.debug_id AS debugId,
    missing_symbols.code_file AS codeFile, missing_symbols.code_id AS codeId,
    count(DISTINCT reports.id) AS reports, max(reports.received_at) AS lastSeenAt
  FROM reports
  JOIN report_missing ON report_missing.report_id = reports.id
  JOIN missing_symbols ON missing_symbols.id = report_missing.missing_id
  WHERE reports.kind_id IN (SELECT id FROM kinds WHERE product_id IN (SELECT value FROM json_each(?)))
  GROUP BY missing_symbols.id ORDER BY reports DESC, lastSeenAt DESC LIMIT ?`);

/** By how many stored reports lack them, most first. */
export function listMissing(
  connection: Connection,
  limit: number,
  within?: Within,
): readonly MissingSymbol[] {
  const products = productIdsWithin(connection, { within });
  return products === null
    ? selectMissing(connection).all(limit)
    : selectMissingOf(connection).all(JSON.stringify(products), limit);
}

const countLacking = query<[debugId: string], number>(`
  SELECT count(DISTINCT report_id)
  FROM missing_symbols JOIN report_missing ON report_missing.missing_id = missing_symbols.id
  WHERE debug_id = ?`);
const countLackingOf = query<[debugId: string, accounts: string], number>(`
  SELECT count(DISTINCT reports.id)
  FROM missing_symbols
  JOIN report_missing ON report_missing.missing_id = missing_symbols.id
  JOIN reports ON reports.id = report_missing.report_id
  JOIN kinds ON kinds.id = reports.kind_id
  JOIN products ON products.id = kinds.product_id
  JOIN accounts ON accounts.id = products.account_id
  WHERE missing_symbols.debug_id = ? AND accounts.name IN (SELECT value FROM json_each(?))`);

/** Stored reports that lack a debug id; with accounts, those of them alone. */
export function reportsLacking(
  connection: Connection,
  debugId: string,
  accounts: readonly string[] = [],
): number {
  const id = debugId.toUpperCase();
  const found =
    accounts.length === 0
      ? countLacking(connection).pluck().get(id)
      : countLackingOf(connection).pluck().get(id, JSON.stringify(accounts));
  return found ?? 0;
}

const selectBuilds = query<
  [{ debugFiles: string; whole: number; accounts: string }],
  { readonly debugFile: string; readonly builds: number }
>(`
  SELECT debug_file AS debugFile, count(*) AS builds FROM symbols
  WHERE debug_file IN (SELECT value FROM json_each(@debugFiles)) AND (@whole OR ${OF_ACCOUNTS})
  GROUP BY debug_file`);

/** How many files there are of each debug file that has any. */
export function countBuilds(
  connection: Connection,
  debugFiles: readonly string[],
  accounts?: readonly string[],
): ReadonlyMap<string, number> {
  const rows = selectBuilds(connection).all({
    debugFiles: JSON.stringify(debugFiles),
    ...ofAccounts(accounts),
  });
  return new Map(rows.map(({ debugFile, builds }) => [debugFile, builds]));
}

const selectTotals = query<[{ whole: number; accounts: string }], { files: number; bytes: number }>(`
  SELECT count(*) AS files, ifnull(sum(size), 0) AS bytes FROM symbols WHERE @whole OR ${OF_ACCOUNTS}`);

export function symbolTotals(
  connection: Connection,
  accounts?: readonly string[],
): { readonly files: number; readonly bytes: number } {
  return selectTotals(connection).get(ofAccounts(accounts)) ?? { files: 0, bytes: 0 };
}

function ofAccounts(accounts: readonly string[] | undefined): { whole: number; accounts: string } {
  return { whole: accounts === undefined ? 1 : 0, accounts: JSON.stringify(accounts ?? []) };
}
