// `mayday keys`: another key in front, and everything sealed anew with it. Whenever it is killed, every secret opens: the file has both keys before
// the first secret is sealed anew, and all are sealed anew in one transaction. Keys that seal nothing any more stay, marked as retired: backups
// from before have what they sealed. They go when somebody says so. The file is read and replaced only under the write lock of the database,
// so that two changes at once do not forget each other's key.
import { COMMAND } from '../../../base/command-name.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { openDatabase } from '../database/open-database.ts';
import { MAX_KEYS, newKey, SecretsLocked } from '../../shared/secret-box.ts';
import type { KeyRing, SecretKey } from '../../shared/secret-box.ts';
import { requireDatabase } from '../database/sound-database.ts';
import { appliedNumber, readMigrations } from '../database/migrate.ts';
import { ensureKeyFile, readKeyFile, replaceKeyFile } from './key-file.ts';
import { countByKey, resealRows } from './sealed-rows.ts';
import { makeDataKey, wrappedKeys } from '../database/data-keys.ts';
import { keepWrappedKeys, requireOpenable } from './unlock-store.ts';
import { currentKeys } from './stored-secrets.ts';
import type { KeySource } from './stored-secrets.ts';

const SETTINGS = { cacheBytes: 1024 * 1024, walBytes: 4 * 1024 * 1024 } as const;
const begin = query(`BEGIN IMMEDIATE`);
const commit = query(`COMMIT`);
const rollback = query(`ROLLBACK`);

/** A key, and how many secrets it sealed. */
export interface KeyUse {
  readonly id: string;
  /**
   * `seals`: the first one; `opens`: an older one that still sealed something; `retired`: one that did only in older backups; `missing`: it sealed
   * secrets and is not known.
   */
  readonly state: 'seals' | 'opens' | 'retired' | 'missing';
  readonly secrets: number;
  /** Since when another key seals, milliseconds since 1970; null: nobody knows, or it seals. */
  readonly retiredAt: number | null;
}

/** Every key that is known or missed. Makes no file of keys where there is none yet. */
export function keyUses(source: KeySource): readonly KeyUse[] {
  return withDatabase(source, true, (connection) =>
    usesOf(
      connection,
      source.command === undefined ? (readKeyFile(source.layout) ?? []) : currentKeys(source),
    ),
  );
}

function usesOf(connection: Connection, ring: readonly SecretKey[]): readonly KeyUse[] {
  const counts = countByKey(connection);
  const known = ring.map(({ id, retiredAt }, index) => {
    const secrets = counts.get(id) ?? 0;
    return {
      id,
      state: index === 0 ? 'seals' : secrets > 0 ? 'opens' : 'retired',
      secrets,
      retiredAt,
    } as const;
  });
  const missing = [...counts].filter(([id]) => !ring.some((key) => key.id === id));
  return [
    ...known,
    ...missing.map(([id, secrets]) => ({ id, state: 'missing', secrets, retiredAt: null }) as const),
  ];
}

/** What a change of keys did. */
export interface Rotation {
  /** How many secrets were sealed anew. */
  readonly sealed: number;
  /** Secrets that do not open with the key that they name, by place; they stay as they are, and so does their key. */
  readonly unopened: readonly string[];
  readonly uses: readonly KeyUse[];
}

/**
 * Puts a fresh key in front (where the keys are in the file; a command yields its own), and seals everything anew. The keys before stay: a
 * server that runs may just be using the last one, and older backups need them. `data`: a fresh data key seals from now on, too; what older ones sealed still opens. `step` is told how far it is. Throws a sentence; everything then opens as before.
 */
export function rotateKeys(
  source: KeySource,
  step: (done: 'key' | 'sealed') => void = () => undefined,
  { data = false, now = Date.now() }: { readonly data?: boolean; readonly now?: number } = {},
): Rotation {
  return withDatabase(source, false, (connection) => {
    // Asked before anything is locked: writers do not wait for a vault.
    const given = source.command === undefined ? null : currentKeys(source);
    if (data && wrappedKeys(connection).length === 0)
      throw new Error('The store is not encrypted, so it has no data key: set ENCRYPTION_AT_REST.');
    // A fresh key beside data keys that it does not open would only hide that theirs is missing.
    requireOpenable(connection, source, given);
    const { ring, sealed, unopened } = alone(connection, () => {
      const keys = given ?? putFreshKey(connection, source, now);
      step('key');
      if (data) makeDataKey(connection, keys);
      return { ring: keys, ...resealRows(connection, keys) };
    });
    step('sealed');
    keepWrappedKeys(connection, source.layout);
    return { sealed, unopened, uses: usesOf(connection, ring) };
  });
}

/** The keys with a fresh one in front, in the file before anything is sealed with it. */
function putFreshKey(connection: Connection, { layout }: KeySource, now: number): KeyRing {
  const known = readKeyFile(layout);
  if (known === null) return ensureKeyFile(layout);
  const counts = countByKey(connection);
  const [front, ...older] = known;
  // A change before this one did not come to its end: its key is taken, so that failures, however many, pile up no keys.
  if (!counts.has(front.id) && older.some(({ id }) => counts.has(id))) return known;
  if (known.length >= MAX_KEYS) {
    throw new SecretsLocked(
      `There are ${known.length} keys, and no more than ${MAX_KEYS} are kept: forget some that no backup needs any more (${COMMAND} keys forget), then change the key.`,
    );
  }
  const ring: KeyRing = [newKey(), { ...front, retiredAt: now }, ...older];
  replaceKeyFile(layout, ring);
  return ring;
}

/**
 * Takes retired keys out of the file: what they sealed in older backups then opens for nobody who has no copy of them. Throws a sentence where
 * one is not there, seals, or still sealed something in the database; the file is then as it was.
 */
export function forgetKeys(source: KeySource, ids: readonly string[]): readonly KeyUse[] {
  if (source.command !== undefined)
    throw new Error('The keys come from SECRET_KEYS_COMMAND: leave out what it is to print no more.');
  return withDatabase(source, false, (connection) =>
    alone(connection, () => {
      const known = readKeyFile(source.layout);
      const uses = usesOf(connection, known ?? []);
      for (const id of ids) {
        const use = uses.find((each) => each.id === id);
        if (use === undefined || use.state === 'missing')
          throw new Error(
            `There is no key ${id} in ${source.layout.keys}: ${COMMAND} keys list names those that are.`,
          );
        if (use.state !== 'retired')
          throw new Error(
            `The key ${id} ${use.state === 'seals' ? 'seals' : `sealed ${use.secrets} secrets that are still there`}, so it stays: change it first (${COMMAND} keys rotate).`,
          );
      }
      const [front, ...older] = known ?? [];
      if (front === undefined) return uses;
      const ring: KeyRing = [front, ...older.filter(({ id }) => !ids.includes(id))];
      // Where a change of keys was killed before this, the copy is still wrapped under the key that goes.
      keepWrappedKeys(connection, source.layout);
      replaceKeyFile(source.layout, ring);
      return usesOf(connection, ring);
    }),
  );
}

/** Runs something as the only writer; of what throws nothing stays. */
function alone<T>(connection: Connection, work: () => T): T {
  begin(connection).run();
  try {
    const result = work();
    commit(connection).run();
    return result;
  } catch (error) {
    if (connection.inTransaction) rollback(connection).run();
    throw error;
  }
}

function withDatabase<T>({ layout }: KeySource, readonly: boolean, work: (connection: Connection) => T): T {
  requireDatabase(layout);
  const connection = openDatabase(layout.database, { ...SETTINGS, readonly });
  try {
    if (appliedNumber(connection) !== (readMigrations().at(-1)?.number ?? 0)) {
      throw new Error('The database is of another version of Mayday: start the server of this version once.');
    }
    return work(connection);
  } finally {
    connection.close();
  }
}
