// `mayday keys`: another key in front, everything sealed anew with it, and keys that seal nothing any more forgotten. Whenever it is killed, every
// secret opens: the file has both keys before the first secret is sealed anew, all are sealed anew in one transaction, and an old key goes
// only when a later change finds that it seals nothing. The file is read and replaced only under the write lock of the database, so that
// two changes at once do not forget each other's key.
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
import { keepWrappedKeys } from './unlock-store.ts';
import { currentKeys } from './stored-secrets.ts';
import type { KeySource } from './stored-secrets.ts';

const SETTINGS = { cacheBytes: 1024 * 1024, walBytes: 4 * 1024 * 1024 } as const;
const begin = query(`BEGIN IMMEDIATE`);
const commit = query(`COMMIT`);
const rollback = query(`ROLLBACK`);

/** A key, and how many secrets it sealed. */
export interface KeyUse {
  readonly id: string;
  /** `seals`: the first one; `opens`: an older one; `missing`: it sealed secrets and is not known. */
  readonly state: 'seals' | 'opens' | 'missing';
  readonly secrets: number;
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
  const known = ring.map(({ id }, index) => ({
    id,
    state: index === 0 ? ('seals' as const) : ('opens' as const),
    secrets: counts.get(id) ?? 0,
  }));
  const missing = [...counts].filter(([id]) => !ring.some((key) => key.id === id));
  return [...known, ...missing.map(([id, secrets]) => ({ id, state: 'missing' as const, secrets }))];
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
 * Puts a fresh key in front (where the keys are in the file; a command yields its own), and seals everything anew. The key before stays: a
 * server that runs may just be using it. `data`: a fresh data key seals from now on, too; what older ones sealed still opens. `step` is told how far it is. Throws a sentence; everything then opens as before.
 */
export function rotateKeys(
  source: KeySource,
  step: (done: 'key' | 'sealed' | 'forgotten') => void = () => undefined,
  { data = false }: { readonly data?: boolean } = {},
): Rotation {
  return withDatabase(source, false, (connection) => {
    // Asked before anything is locked: writers do not wait for a vault.
    const given = source.command === undefined ? null : currentKeys(source);
    if (data && wrappedKeys(connection).length === 0)
      throw new Error('The store is not encrypted, so it has no data key: set ENCRYPTION_AT_REST.');
    const { sealed, unopened } = alone(connection, () => {
      const ring = given ?? putFreshKey(connection, source);
      step('key');
      if (data) makeDataKey(connection, ring);
      return resealRows(connection, ring);
    });
    step('sealed');
    const ring = given ?? alone(connection, () => forgetKeys(connection, source));
    step('forgotten');
    keepWrappedKeys(connection, source.layout);
    return { sealed, unopened, uses: usesOf(connection, ring) };
  });
}

/** The keys with a fresh one in front, in the file before anything is sealed with it. */
function putFreshKey(connection: Connection, { layout }: KeySource): KeyRing {
  const known = readKeyFile(layout);
  if (known === null) return ensureKeyFile(layout);
  const counts = countByKey(connection);
  const [front, ...older] = known;
  // A change before this one did not come to its end: its key is taken, so that failures, however many, pile up no keys.
  if (!counts.has(front.id) && older.some(({ id }) => counts.has(id))) return known;
  const kept = neededOf(known, counts);
  if (kept.length >= MAX_KEYS) {
    throw new SecretsLocked(
      `There are ${kept.length} keys that still seal secrets, and no more than ${MAX_KEYS} are kept: enter the secrets that do not open again, then change the key.`,
    );
  }
  const ring: KeyRing = [newKey(), ...kept];
  replaceKeyFile(layout, ring);
  return ring;
}

/** The keys as the file has them now, without those that nobody needs. */
function forgetKeys(connection: Connection, source: KeySource): KeyRing {
  const known = currentKeys(source);
  const kept = neededOf(known, countByKey(connection));
  if (kept.length < known.length) replaceKeyFile(source.layout, kept);
  return kept;
}

/** The key that seals, the one before, and whatever still seals something. */
function neededOf([front, ...older]: KeyRing, counts: ReadonlyMap<string, number>): KeyRing {
  return [front, ...older.filter(({ id }, index) => index === 0 || counts.has(id))];
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
