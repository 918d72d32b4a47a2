// The symbols of the contract, put together.
import { StorageError } from '../intake.ts';
import type { SymbolKey, SymbolStore } from '../symbols.ts';
import type { StoreParts } from './store-parts.ts';
import { decompressed } from './open-attachment.ts';
import { asStorageError, errorCode } from './disk/storage-error.ts';
import {
  countBuilds,
  listMissing,
  listSymbols,
  reportsLacking,
  symbolTotals,
} from './symbols/list-symbols.ts';
import { putSymbols, replaceIndex } from './put-symbols.ts';
import { indexPath, textPath } from './symbols/symbol-files.ts';
import { checkedKey } from './symbols/symbol-key.ts';
import { rowByCodeId, rowsByDebugId, rowsWanting, symbolRow, toSymbolFile } from './symbols/symbol-row.ts';
import type { SymbolRow } from './symbols/symbol-row.ts';
import { accountsOfSymbols, isOfOthers } from './symbols/write-symbols.ts';

/** The symbols of an open store. */
export function createSymbolStore(parts: StoreParts): SymbolStore {
  const { connection, writer, layout, files, now } = parts;
  const find = (key: SymbolKey): SymbolRow | null => {
    const checked = checkedKey(key);
    return checked === null ? null : symbolRow(connection, checked);
  };
  return {
    async putSymbols(upload) {
      const isNew = await putSymbols(parts, upload);
      const row = find(upload.key);
      if (row === null) throw new StorageError('the symbols were deleted meanwhile', { reason: 'failed' });
      return {
        kind: isNew ? 'stored' : 'duplicate',
        symbols: toSymbolFile(row),
        lacking: reportsLacking(connection, row.debugId),
        lackingTheirs: reportsLacking(connection, row.debugId, upload.accounts),
      };
    },
    async isOfOthers(key, accounts) {
      const row = find(key);
      return row !== null && isOfOthers(connection, row, accounts);
    },
    async getSymbols(key) {
      const row = find(key);
      return row === null ? null : toSymbolFile(row);
    },
    async accountsOf(key) {
      const row = find(key);
      if (row === null) return [];
      return row.source === 'upload' ? accountsOfSymbols(connection, row) : null;
    },
    async findByCodeId(codeFile, codeId, accounts) {
      const row = rowByCodeId(connection, { codeFile, codeId }, accounts);
      return row === null ? null : toSymbolFile(row);
    },
    async findByDebugId(debugId, accounts) {
      return rowsByDebugId(connection, debugId, accounts).map(toSymbolFile);
    },
    async findWanting(debugId) {
      return rowsWanting(connection, debugId).map(toSymbolFile);
    },
    async openText(key) {
      const row = find(key);
      if (row === null) return null;
      try {
        return decompressed(await files.openRead(textPath(layout, row)));
      } catch (error) {
        // Deleted or replaced between the two steps.
        if (errorCode(error) === 'ENOENT') return null;
        throw asStorageError(error, `open symbols of ${row.debugFile}`);
      }
    },
    async indexPath(key) {
      const row = find(key);
      return row === null ? null : indexPath(layout, row);
    },
    async replaceIndex(key, indexFile, facts = {}) {
      const row = find(key);
      if (row === null) return false;
      const indexBytes = await replaceIndex(parts, row, indexFile);
      await writer.write('renewSymbolRow', [row, { ...facts, indexBytes }]);
      return true;
    },
    async listSymbols(filter, page) {
      return listSymbols(connection, filter, page);
    },
    async deleteSymbols(key) {
      const checked = checkedKey(key);
      return checked === null ? false : writer.write('deleteSymbolRow', [checked]);
    },
    async giveUpSymbols(key, accounts) {
      const checked = checkedKey(key);
      return checked === null ? false : writer.write('giveUpSymbols', [checked, accounts]);
    },
    async deleteMatching(filter) {
      let count = 0;
      for (;;) {
        const deleted = await writer.write('deleteSymbolRows', [filter]);
        if (deleted === 0) return count;
        count += deleted;
      }
    },
    used: (keys) => writer.write('touchSymbols', [keys, now()]),
    async listMissing(limit, within) {
      return listMissing(connection, limit, within);
    },
    async countBuilds(debugFiles, accounts) {
      return countBuilds(connection, debugFiles, accounts);
    },
    async totals(accounts) {
      return symbolTotals(connection, accounts);
    },
  };
}
