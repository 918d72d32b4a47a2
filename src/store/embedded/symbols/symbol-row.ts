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

const selectByCodeId = query<[codeId: string, codeFile: string], SymbolRow>(`
  SELECT ${SYMBOL_COLUMNS} FROM symbols
  WHERE code_id IS NOT NULL AND lower(code_id) = lower(?) AND lower(code_file) = lower(?)
  ORDER BY uploaded_at DESC LIMIT 1`);

const selectByDebugId = query<[debugId: string], SymbolRow>(`
  SELECT ${SYMBOL_COLUMNS} FROM symbols WHERE debug_id = ? ORDER BY uploaded_at, id LIMIT 16`);

/** The rows of a debug id. */
export function rowsByDebugId(connection: Connection, debugId: string): readonly SymbolRow[] {
  return selectByDebugId(connection).all(debugId.toUpperCase());
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

/** The newest file with this code id. */
export function rowByCodeId(connection: Connection, codeFile: string, codeId: string): SymbolRow | null {
  return selectByCodeId(connection).get(codeId, codeFile) ?? null;
}

export function toSymbolFile({ revision: _revision, hasCfi, wants, ...same }: SymbolRow): SymbolFile {
  return { ...same, hasCfi: hasCfi === 1, wants: JSON.parse(wants) as readonly WantedFile[] };
}
