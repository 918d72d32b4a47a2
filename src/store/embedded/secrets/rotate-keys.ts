// `mayday keys`: another key in front, everything sealed anew with it, and keys that seal nothing any more forgotten. Whenever it is killed, every
// secret opens: the file has both keys before the first secret is sealed anew, all are sealed anew in one transaction, and an old key goes
// only when a later change finds that it seals nothing.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { openDatabase } from '../database/open-database.ts';
import { newKey } from '../../shared/secret-box.ts';
import type { KeyRing } from '../../shared/secret-box.ts';
import { requireDatabase } from '../database/sound-database.ts';
import { appliedNumber, readMigrations } from '../database/migrate.ts';
import { replaceKeyFile } from './key-file.ts';
import { countByKey, resealRows } from './sealed-rows.ts';
import { currentKeys } from './stored-secrets.ts';
import type { KeySource } from './stored-secrets.ts';

const SETTINGS = { cacheBytes: 1024 * 1024, walBytes: 4 * 1024 * 1024 } as const;
const begin = query(`BEGIN IMMEDIATE`);
const commit = query(`COMMIT`);

/** A key, and how many secrets it sealed. */
export interface KeyUse {
  readonly id: string;
  /** `seals`: the first one; `opens`: an older one; `missing`: it sealed secrets and is not known. */
  readonly state: 'seals' | 'opens' | 'missing';
  readonly secrets: number;
}

/** Every key that is known or missed. */
export function keyUses(source: KeySource): readonly KeyUse[] {
  return withDatabase(source, true, (connection) => usesOf(connection, currentKeys(source)));
}

function usesOf(connection: Connection, ring: KeyRing): readonly KeyUse[] {
  const counts = countByKey(connection);
  const known = ring.map(({ id }, index) => ({
    id,
    state: index === 0 ? ('seals' as const) : ('opens' as const),
    secrets: counts.get(id) ?? 0,
  }));
  const missing = [...counts].filter(([id]) => !ring.some((key) => key.id === id));
  return [...known, ...missing.map(([id, secrets]) => ({ id, state: 'missing' as const, secrets }))];
}

/**
 * Puts a fresh key in front (where the keys are in the file; a command yields its own), and seals everything anew. The key before stays: a
 * server that runs may just be using it. Gives how many secrets were sealed anew. `step` is told how far it is.
 */
export function rotateKeys(
  source: KeySource,
  step: (done: 'key' | 'sealed' | 'forgotten') => void = () => undefined,
): { readonly sealed: number; readonly uses: readonly KeyUse[] } {
  return withDatabase(source, false, (connection) => {
    let ring = currentKeys(source);
    if (source.command === undefined) {
      ring = [newKey(), ...ring];
      replaceKeyFile(source.layout, ring);
    }
    step('key');
    begin(connection).run();
    const sealed = resealRows(connection, ring);
    commit(connection).run();
    step('sealed');
    if (source.command === undefined) {
      const counts = countByKey(connection);
      const [first, ...older] = ring;
      const kept = older.filter(({ id }, index) => index === 0 || (counts.get(id) ?? 0) > 0);
      ring = [first, ...kept];
      replaceKeyFile(source.layout, ring);
    }
    step('forgotten');
    return { sealed, uses: usesOf(connection, ring) };
  });
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
