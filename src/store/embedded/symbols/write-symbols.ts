// Symbol files: the writes. The files of a new row already lie durably in their place; those of a row that goes are removed once
// that is durable.
import { TEST_ACCOUNT } from '../../accounts.ts';
import type { RenewedFacts, SymbolKey, SymbolStore } from '../../symbols.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { noteRemoval } from '../transaction/note-removal.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { indexPath, textPath } from './symbol-files.ts';
import type { StoredFiles } from './symbol-files.ts';
import { symbolRow } from './symbol-row.ts';
import type { SymbolRow } from './symbol-row.ts';

const DELETE_AT_ONCE = 500;
const HOUR_MS = 60 * 60 * 1000;

const insert = query<[Record<string, unknown>]>(`
  INSERT INTO symbols (
    debug_file, debug_id, revision, os, cpu, code_file, code_id, generator, product, uploaded_at, uploaded_by,
    text_bytes, stored_bytes, index_bytes, sha256, damaged_lines, has_cfi, format, gives,
    wants, source
  ) VALUES (
    @debugFile, @debugId, @revision, @os, @cpu, @codeFile, @codeId, @generator, @product, @uploadedAt, @uploadedBy,
    @textBytes, @storedBytes, @indexBytes, @sha256, @damagedLines, @hasCfi, @format, @gives,
    @wants, @source
  )`);
const deleteRow = query<[debugFile: string, debugId: string]>(`
  DELETE FROM symbols WHERE debug_file = ? AND debug_id = ?`);

/** `same`, `of_others`: the new files are the caller's to remove. */
export type PutSymbolRow = 'new' | 'same' | 'of_others';

/**
 * Stores a row. Another content is replaced, unless accounts beside these have it; then nothing changes. Else the accounts have it from
 * now on, the same content, too; without any it is for everybody.
 */
export function putSymbolRow(
  context: WriteContext,
  row: Omit<SymbolRow, 'lastUsedAt'>,
  accounts: readonly string[],
): PutSymbolRow {
  const { connection } = context;
  const before = symbolRow(connection, row);
  // Asked twice for the same files, the answer is the same: they are owned.
  const isSame = before?.sha256 === row.sha256;
  if (!isSame) {
    if (before !== null && isOfOthers(connection, before, accounts)) return 'of_others';
    if (before !== null) removeRow(context, before);
    insert(connection).run(row);
  }
  for (const account of new Set(accounts)) {
    addOwner(connection).run({ account, debugFile: row.debugFile, debugId: row.debugId });
  }
  if (isSame) forgetUploader(connection).run({ debugFile: row.debugFile, debugId: row.debugId });
  return isSame && before.revision !== row.revision ? 'same' : 'new';
}

/** See the contract. */
export function isOfOthers(
  connection: Connection,
  { debugFile, debugId, source }: SymbolKey & Pick<SymbolRow, 'source'>,
  accounts: readonly string[],
): boolean {
  const owners = source === 'upload' ? accountsOfSymbols(connection, { debugFile, debugId }) : [];
  if (owners.length > 0) return owners.some((owner) => !accounts.includes(owner));
  // Everybody's: whoever has products here may have reports that are named with it; those of tests matter to nobody.
  const others = accountsWithProducts(connection)
    .pluck()
    .all()
    .filter((name) => name !== TEST_ACCOUNT && !accounts.includes(name));
  return accounts.length > 0 && others.length > 0;
}

const accountsWithProducts = query<[], string>(`
  SELECT name FROM accounts WHERE EXISTS (SELECT 1 FROM products WHERE account_id = accounts.id)`);
const ownersOf = query<[debugFile: string, debugId: string], string>(`
  SELECT accounts.name
  FROM symbols
  JOIN symbol_accounts ON symbol_accounts.symbol_id = symbols.id
  JOIN accounts ON accounts.id = symbol_accounts.account_id
  WHERE symbols.debug_file = ? AND symbols.debug_id = ? ORDER BY accounts.id`);
const addOwner = query<[{ account: string; debugFile: string; debugId: string }]>(`
  INSERT INTO symbol_accounts (symbol_id, account_id)
  SELECT symbols.id, accounts.id FROM symbols, accounts
  WHERE symbols.debug_file = @debugFile AND symbols.debug_id = @debugId AND accounts.name = @account
  ON CONFLICT DO NOTHING`);
/** What several accounts have tells none of them who uploaded it for another, and for which of its products. */
const forgetUploader = query<[{ debugFile: string; debugId: string }]>(`
  UPDATE symbols SET product = NULL, uploaded_by = ''
  WHERE debug_file = @debugFile AND debug_id = @debugId
    AND (SELECT count(*) FROM symbol_accounts WHERE symbol_id = symbols.id) > 1`);
const removeOwners = query<[{ accounts: string; debugFile: string; debugId: string }]>(`
  DELETE FROM symbol_accounts
  WHERE symbol_id = (SELECT id FROM symbols WHERE debug_file = @debugFile AND debug_id = @debugId)
    AND account_id IN (SELECT id FROM accounts WHERE name IN (SELECT value FROM json_each(@accounts)))`);

/** Whose a file is, by name; null: there is none, or it is everybody's. */
export function accountsOfSymbols(
  connection: Connection,
  { debugFile, debugId }: SymbolKey,
): readonly string[] {
  return ownersOf(connection).pluck().all(debugFile, debugId);
}

/** See the contract. */
export function giveUpSymbols(context: WriteContext, key: SymbolKey, accounts: readonly string[]): boolean {
  const { connection } = context;
  const row = symbolRow(connection, key);
  if (row === null) return false;
  const { debugFile, debugId } = row;
  const { changes } = removeOwners(connection).run({
    accounts: JSON.stringify(accounts),
    debugFile,
    debugId,
  });
  if (changes > 0 && accountsOfSymbols(connection, row).length === 0) removeRow(context, row);
  return changes > 0;
}

/** False where there is none. */
export function deleteSymbolRow(context: WriteContext, key: SymbolKey): boolean {
  const row = symbolRow(context.connection, key);
  if (row === null) return false;
  removeRow(context, row);
  return true;
}

const matching = query<
  [
    {
      product: string | null;
      before: number | null;
      accounts: string | null;
      nobodys: number;
      limit: number;
    },
  ],
  StoredFiles
>(`
  SELECT debug_file AS debugFile, debug_id AS debugId, revision FROM symbols
  WHERE (@product IS NULL OR product = @product)
    AND (@accounts IS NULL
      OR id IN (
        SELECT symbol_id FROM symbol_accounts WHERE account_id IN (
          SELECT id FROM accounts WHERE name IN (SELECT value FROM json_each(@accounts))))
      OR (@nobodys AND NOT EXISTS (SELECT 1 FROM symbol_accounts WHERE symbol_id = symbols.id)))
    AND (@before IS NULL OR (uploaded_at < @before AND ifnull(last_used_at, 0) < @before))
  LIMIT @limit`);

/** Deletes at most `DELETE_AT_ONCE`; gives how many. */
export function deleteSymbolRows(
  context: WriteContext,
  { product, olderThan, accounts, nobodys = false }: Parameters<SymbolStore['deleteMatching']>[0],
): number {
  const rows = matching(context.connection).all({
    product: product ?? null,
    before: olderThan ?? null,
    accounts: accounts === undefined ? null : JSON.stringify(accounts),
    nobodys: nobodys ? 1 : 0,
    limit: DELETE_AT_ONCE,
  });
  for (const row of rows) {
    const isNobodys = accounts === undefined || accountsOfSymbols(context.connection, row).length === 0;
    if (isNobodys) removeRow(context, row);
    else giveUpSymbols(context, row, accounts);
  }
  return rows.length;
}

const renew = query<[Record<string, unknown>]>(`
  UPDATE symbols SET
    index_bytes = @indexBytes, has_cfi = ifnull(@hasCfi, has_cfi), gives = ifnull(@gives, gives), wants = ifnull(@wants, wants),
    damaged_lines = ifnull(@damagedLines, damaged_lines)
  WHERE debug_file = @debugFile AND debug_id = @debugId AND revision = @revision`);

/** Notes what a new index tells. */
export function renewSymbolRow(
  { connection }: WriteContext,
  { debugFile, debugId, revision }: StoredFiles,
  { indexBytes, hasCfi, gives, wants, damagedLines }: RenewedFacts & { readonly indexBytes: number },
): void {
  renew(connection).run({
    ...{ debugFile, debugId, revision, indexBytes },
    hasCfi: hasCfi === undefined ? null : hasCfi ? 1 : 0,
    gives: gives ?? null,
    wants: wants === undefined ? null : JSON.stringify(wants),
    damagedLines: damagedLines ?? null,
  });
}

function removeRow(context: WriteContext, row: StoredFiles): void {
  deleteRow(context.connection).run(row.debugFile, row.debugId);
  // Symbols are counted apart from what MAX_REPORTS_SIZE_MB bounds.
  noteRemoval(context, textPath(context.layout, row), 0);
  noteRemoval(context, indexPath(context.layout, row), 0);
}

const touch = query<[at: number, debugFile: string, debugId: string, before: number]>(`
  UPDATE symbols SET last_used_at = ?
  WHERE debug_file = ? AND debug_id = ? AND ifnull(last_used_at, 0) < ?`);

/** Notes a use, to the hour. */
export function touchSymbols({ connection }: WriteContext, keys: readonly SymbolKey[], now: number): void {
  for (const { debugFile, debugId } of keys) {
    touch(connection).run(now, debugFile, debugId.toUpperCase(), now - HOUR_MS);
  }
}
