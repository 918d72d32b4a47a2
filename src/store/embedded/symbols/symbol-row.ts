// A symbol file as the contract shows it, from its row.
import type { SymbolFile, SymbolKey, WantedFile } from '../../symbols.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import type { StoredFiles } from './symbol-files.ts';

/** Columns of a symbol file. */
export type SymbolRow = Omit<SymbolFile, 'hasCfi' | 'wants'> &
  StoredFiles & { readonly hasCfi: number; readonly wants: string };

export const SYMBOL_COLUMNS = `
  debug_file AS debugFile, debug_id AS debugId, revision, os, cpu, code_file AS codeFile, code_id AS codeId, generator,
  product, uploaded_at AS uploadedAt, uploaded_by AS uploadedBy, text_bytes AS textBytes,
  stored_bytes AS storedBytes, index_bytes AS indexBytes, sha256, damaged_lines AS damagedLines,
  has_cfi AS hasCfi, format, gives, wants, source, last_used_at AS lastUsedAt`;

const selectByKey = query<[debugFile: string, debugId: string], SymbolRow>(`
  SELECT ${SYMBOL_COLUMNS} FROM symbols WHERE debug_file = ? AND debug_id = ?`);

/** Theirs, or everybody's: what came from an upstream server, and what no account has. */
const USABLE = `
  (@whole OR source <> 'upload' OR NOT EXISTS (SELECT 1 FROM symbol_accounts WHERE symbol_id = symbols.id)
    OR EXISTS (
      SELECT 1 FROM symbol_accounts JOIN accounts ON accounts.id = symbol_accounts.account_id
      WHERE symbol_id = symbols.id AND accounts.name IN (SELECT value FROM json_each(@accounts))))`;

type Users = { readonly whole: number; readonly accounts: string };

const usersOf = (accounts: readonly string[] | undefined): Users => ({
  whole: accounts === undefined ? 1 : 0,
  accounts: JSON.stringify(accounts ?? []),
});

const selectByCodeId = query<[Users & { readonly codeId: string; readonly codeFile: string }], SymbolRow>(`
  SELECT ${SYMBOL_COLUMNS} FROM symbols
  WHERE code_id IS NOT NULL AND lower(code_id) = lower(@codeId) AND lower(code_file) = lower(@codeFile) AND ${USABLE}
  ORDER BY uploaded_at DESC LIMIT 1`);

const selectByDebugId = query<[Users & { readonly debugId: string }], SymbolRow>(`
  SELECT ${SYMBOL_COLUMNS} FROM symbols WHERE debug_id = @debugId AND ${USABLE} ORDER BY uploaded_at, id LIMIT 16`);

/** The rows of a debug id; with accounts those that these may use. */
export function rowsByDebugId(
  connection: Connection,
  debugId: string,
  accounts?: readonly string[],
): readonly SymbolRow[] {
  return selectByDebugId(connection).all({ debugId: debugId.toUpperCase(), ...usersOf(accounts) });
}

// As the index `symbols_wanting_shared` has it: few files want one.
const selectWanting = query<[debugId: string], SymbolRow>(`
  SELECT ${SYMBOL_COLUMNS} FROM symbols
  WHERE instr(wants, '"shared"') > 0 AND instr(wants, '"' || ? || '"') > 0 ORDER BY id LIMIT 64`);

/** The rows that want a shared file. */
export function rowsWanting(connection: Connection, debugId: string): readonly SymbolRow[] {
  return selectWanting(connection).all(debugId.toUpperCase());
}

/** The row of a key, or null. */
export function symbolRow(connection: Connection, { debugFile, debugId }: SymbolKey): SymbolRow | null {
  return selectByKey(connection).get(debugFile, debugId) ?? null;
}

/** The newest file with this code id; with accounts of those that these may use. */
export function rowByCodeId(
  connection: Connection,
  code: { readonly codeFile: string; readonly codeId: string },
  accounts?: readonly string[],
): SymbolRow | null {
  return selectByCodeId(connection).get({ ...code, ...usersOf(accounts) }) ?? null;
}

export function toSymbolFile({ revision: _revision, hasCfi, wants, ...same }: SymbolRow): SymbolFile {
  return { ...same, hasCfi: hasCfi === 1, wants: JSON.parse(wants) as readonly WantedFile[] };
}
