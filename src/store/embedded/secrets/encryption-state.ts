// What `mayday keys status` and `mayday doctor` say of encryption at rest.
import { query } from '../database/query.ts';
import { openDatabase } from '../database/open-database.ts';
import { SEALED_TABLES } from '../database/sealed-columns.ts';
import { readSealingBehind } from '../database/sealing-behind.ts';
import { requireDatabase } from '../database/sound-database.ts';
import type { Layout } from '../disk/folder-layout.ts';
import { firstKeyOf } from '../../shared/report-key.ts';

/** Encryption of a data folder. */
export interface EncryptionState {
  /** Oldest first; the last one seals. None: the store is not encrypted. */
  readonly dataKeys: readonly { readonly id: string; readonly createdAt: number }[];
  /** The table whose rows from before are being sealed, and how many tables are left; null: all are sealed. */
  readonly behind: { readonly table: string; readonly left: number } | null;
  /** Reports from before the encryption whose larger attachments lie in clear in packs and files. */
  readonly clearFiles: number;
}

const selectKeys = query<[], { id: string; createdAt: number }>(`
  SELECT id, created_at AS createdAt FROM data_keys ORDER BY number`);
const countFiles = query<[before: number], number>(`
  SELECT count(*) FROM reports
  WHERE id < ? AND (folder_bytes > 0 OR id IN (SELECT report_id FROM report_packs))`);

/** Reads it; changes nothing. Throws a sentence where there is no database, or SQLite's error. */
export function encryptionState(layout: Layout): EncryptionState {
  requireDatabase(layout);
  const connection = openDatabase(layout.database, { readonly: true, cacheBytes: 1024 * 1024, walBytes: 0 });
  try {
    const dataKeys = selectKeys(connection).all();
    const at = readSealingBehind(connection);
    const [first] = dataKeys;
    const table = at === null ? undefined : (SEALED_TABLES[at.table]?.table ?? 'the log');
    return {
      dataKeys,
      behind:
        at === null || table === undefined
          ? null
          : { table, left: Math.max(1, SEALED_TABLES.length - at.table) },
      clearFiles:
        first === undefined ? 0 : (countFiles(connection).pluck().get(firstKeyOf(first.createdAt)) ?? 0),
    };
  } finally {
    connection.close();
  }
}
