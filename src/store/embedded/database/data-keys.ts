// The data keys of an encrypted store: in the database, each wrapped by a key of the operator (secret-box.ts), oldest first; the last one that is old
// enough seals (sealed/unlocked-keys.ts).
// A database without any is not encrypted.
import { formatKeys, openSealed, seal } from '../../shared/secret-box.ts';
import type { KeyRing } from '../../shared/secret-box.ts';
import { newDataKey } from '../../shared/sealed-bytes.ts';
import { rememberKeys } from '../sealed/unlocked-keys.ts';
import { query } from './query.ts';
import type { Connection } from './query.ts';

/** What a wrapped key is sealed for. */
export const DATA_KEY = 'data key';

/** A data key as it is stored. */
export interface WrappedKey {
  readonly id: string;
  readonly wrapped: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

const hasTable = query<[], number>(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'data_keys'`);
const selectKeys = query<[], WrappedKey>(`
  SELECT id, wrapped, created_at AS createdAt FROM data_keys ORDER BY number`);
const insertKey = query<[id: string, wrapped: string, now: number]>(`
  INSERT INTO data_keys (id, wrapped, created_at) VALUES (?, ?, ?)`);

/** The data keys as they are stored; none: the database is not encrypted. */
export function wrappedKeys(connection: Connection): readonly WrappedKey[] {
  return hasTable(connection).get() === undefined ? [] : selectKeys(connection).all();
}

const anyKey = query<[], number>(`SELECT 1 FROM data_keys LIMIT 1`);

/** Whether a database has a data key now: what opened it before there was one reads and writes it in clear. */
export function hasDataKey(connection: Connection): boolean {
  return anyKey(connection).get() !== undefined;
}

/** Takes over data keys as they are, for a database that is made again. */
export function putWrappedKeys(connection: Connection, wrapped: readonly WrappedKey[]): void {
  for (const key of wrapped) insertKey(connection).run(key.id, key.wrapped, key.createdAt);
}

/** Makes a data key, which seals when every process has had time to learn it; the first one at once. */
export function makeDataKey(connection: Connection, ring: KeyRing): string {
  const { id, secret } = newDataKey();
  insertKey(connection).run(id, seal(ring, secret, DATA_KEY), Date.now());
  return id;
}

/**
 * Unwraps all data keys of a database for this process. `file`: where the keys that wrap come from; null: from elsewhere. Throws
 * `SecretsLocked` with a sentence where one does not open.
 */
export function unlockKeys(
  connection: Connection,
  {
    database,
    ring,
    file,
  }: { readonly database: string; readonly ring: KeyRing; readonly file: string | null },
): void {
  const wrapped = wrappedKeys(connection);
  if (wrapped.length === 0) return;
  const keys = wrapped.map((key) => ({
    id: key.id,
    secret: openSealed(ring, key.wrapped, DATA_KEY),
    createdAt: key.createdAt,
  }));
  rememberKeys(database, { keys, wrapping: { file, text: file === null ? formatKeys(ring) : null } });
}
