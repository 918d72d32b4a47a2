// What `mayday keys status` and `mayday doctor` say of encryption at rest.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { openDatabase } from '../database/open-database.ts';
import { FILES, LOG, nameOfPlace, readSealingBehind } from '../database/sealing-behind.ts';
import type { SealingPlace } from '../database/sealing-behind.ts';
import { requireDatabase } from '../database/sound-database.ts';
import type { Layout } from '../disk/folder-layout.ts';
import { firstKeyOf } from '../../shared/report-key.ts';

/** Encryption of a data folder. */
export interface EncryptionState {
  /** Oldest first; the last one seals. None: the store is not encrypted. */
  readonly dataKeys: readonly { readonly id: string; readonly createdAt: number }[];
  /** What from before is being sealed now: a table, or what comes behind them; and how many of these are left. Null: all is sealed. */
  readonly behind: { readonly at: string; readonly left: number } | null;
  /** Reports from before the encryption whose attachments may still lie in clear in packs and files. */
  readonly clearFiles: number;
  /** Packs, reports and blobs that could not be sealed the last time; the log says which and why. */
  readonly unsealed: number;
}

const selectKeys = query<[], { id: string; createdAt: number }>(`
  SELECT id, created_at AS createdAt FROM data_keys ORDER BY number`);
const countPacked = query<[last: number], number>(`SELECT count(*) FROM report_packs WHERE pack_id <= ?`);
const countFiles = query<[after: number, before: number], number>(`
  SELECT count(*) FROM reports WHERE id > ? AND id < ? AND folder_bytes > 0`);

/** Reads it; changes nothing. Throws a sentence where there is no database, or SQLite's error. */
export function encryptionState(layout: Layout): EncryptionState {
  requireDatabase(layout);
  const connection = openDatabase(layout.database, { readonly: true, cacheBytes: 1024 * 1024, walBytes: 0 });
  try {
    return stateOf(connection);
  } finally {
    connection.close();
  }
}

/** The same of a database that is open. */
export function stateOf(connection: Connection): EncryptionState {
  const dataKeys = selectKeys(connection).all();
  const at = readSealingBehind(connection);
  const [first] = dataKeys;
  if (at === null || first === undefined) return { dataKeys, behind: null, clearFiles: 0, unsealed: 0 };
  return {
    dataKeys,
    behind: { at: nameOfPlace(at), left: Math.max(1, LOG + 1 - at.table) },
    clearFiles: clearFiles(connection, at, first.createdAt),
    unsealed: at.passed ?? 0,
  };
}

function clearFiles(connection: Connection, at: SealingPlace, keysAt: number): number {
  const packed =
    countPacked(connection)
      .pluck()
      .get(at.packs ?? Number.MAX_SAFE_INTEGER) ?? 0;
  if (at.table > FILES) return packed;
  const after = at.table === FILES ? at.after : 0;
  return packed + (countFiles(connection).pluck().get(after, firstKeyOf(keysAt)) ?? 0);
}
