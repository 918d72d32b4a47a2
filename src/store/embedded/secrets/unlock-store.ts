// Unlocks an encrypted store for this process, before anything of it is changed; and makes one encrypted.
import { COMMAND } from '../../../base/command-name.ts';
import { openSealed, parseKeys, SecretsLocked } from '../../shared/secret-box.ts';
import type { KeyRing } from '../../shared/secret-box.ts';
import { DATA_KEY, makeDataKey, unlockKeys, wrappedKeys } from '../database/data-keys.ts';
import type { WrappedKey } from '../database/data-keys.ts';
import { openDatabase } from '../database/open-database.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { sealFromStart } from '../database/sealing-behind.ts';
import { isDamage } from '../database/sound-database.ts';
import { syncFiles } from '../disk/files.ts';
import type { Layout } from '../disk/folder-layout.ts';
import { ADOPT_MS } from '../sealed/unlocked-keys.ts';
import { readKeyFile } from './key-file.ts';
import { currentKeys } from './stored-secrets.ts';
import type { KeySource } from './stored-secrets.ts';

const begin = query(`BEGIN IMMEDIATE`);
const commit = query(`COMMIT`);
const rollback = query(`ROLLBACK`);
const READ = { readonly: true, cacheBytes: 1024 * 1024, walBytes: 0 } as const;

/**
 * Unlocks the data keys of a database, which may be that of a backup, with the keys of a store. Makes and changes nothing. Throws
 * `SecretsLocked` with one sentence where the key that they need is not there.
 */
export function unlockDatabase(connection: Connection, database: string, source: KeySource): void {
  const wrapped = wrappedKeys(connection);
  if (wrapped.length > 0) unlock(connection, database, { source, ring: ringThere(source) });
}

/** The same for a data folder, where it has a database. One that is damaged is for others to speak of. */
export function unlockStore(source: KeySource, database: string = source.layout.database): void {
  if ((syncFiles.stat(database)?.size ?? 0) === 0) return;
  try {
    const connection = openDatabase(database, READ);
    try {
      unlockDatabase(connection, database, source);
    } finally {
      connection.close();
    }
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
}

/** Throws `SecretsLocked` where a database has data keys that do not open with the keys that are there (`given`: those). Makes and changes nothing. */
export function requireOpenable(connection: Connection, source: KeySource, given: KeyRing | null): void {
  const wrapped = wrappedKeys(connection);
  if (wrapped.length === 0) return;
  const ring = given ?? ringThere(source);
  explained(source, () => {
    for (const key of wrapped) openSealed(ring, key.wrapped, DATA_KEY);
  });
}

/**
 * Makes the first data key, where there is none: what is written from then on is sealed. False: there was one. Of processes that start at once one
 * makes it, and the others open with it; where this is killed, the store is not encrypted, or it is known what is to be sealed behind.
 */
export function beginEncryption(connection: Connection, source: KeySource): boolean {
  if (wrappedKeys(connection).length > 0) return false;
  // Asked before anything is locked: writers do not wait for a vault.
  const ring = currentKeys(source);
  begin(connection).run();
  let isFirst: boolean;
  try {
    isFirst = wrappedKeys(connection).length === 0;
    if (isFirst) {
      makeDataKey(connection, ring);
      // What is there already is sealed behind (write/seal-behind.ts).
      sealFromStart(connection);
    }
    commit(connection).run();
  } catch (error) {
    if (connection.inTransaction) rollback(connection).run();
    throw error;
  }
  unlock(connection, source.layout.database, { source, ring });
  return isFirst;
}

function unlock(
  connection: Connection,
  database: string,
  { source, ring }: { readonly source: KeySource; readonly ring: KeyRing },
): void {
  const file = source.command === undefined ? source.layout.keys : null;
  explained(source, () => unlockKeys(connection, { database, ring, file }));
}

function explained(source: KeySource, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof SecretsLocked)) throw error;
    throw new SecretsLocked(
      `The store is encrypted, and its data keys do not open with the keys of ${fromOf(source)}: put the key back that was used last (${COMMAND} keys list names it). Nothing was changed.`,
    );
  }
}

/** The keys that wrap; here none are made, since a new one would open nothing. */
function ringThere(source: KeySource): KeyRing {
  const { command, layout } = source;
  const ring = command === undefined ? readKeyFile(layout) : parseKeys(command(), fromOf(source));
  if (ring !== null) return ring;
  throw new SecretsLocked(
    `The store is encrypted, and ${layout.keys} is missing: put the file with its keys back. Nothing was changed.`,
  );
}

function fromOf({ command, layout }: KeySource): string {
  return command === undefined ? layout.keys : 'SECRET_KEYS_COMMAND';
}

/** Keeps the wrapped keys beside the database, for the day on which that is gone: without them nothing that was sealed opens. */
export function keepWrappedKeys(connection: Connection, layout: Layout): void {
  const wrapped = wrappedKeys(connection);
  if (wrapped.length === 0) return;
  const text = `${JSON.stringify(wrapped)}\n`;
  if (syncFiles.stat(layout.dataKeys) !== null && syncFiles.readText(layout.dataKeys) === text) return;
  const fresh = `${layout.dataKeys}.new`;
  syncFiles.writeText(fresh, text);
  syncFiles.rename(fresh, layout.dataKeys);
  syncFiles.syncFolder(layout.root);
}

/** The wrapped keys of a store whose database may be damaged or gone. */
export function wrappedKeysOf(layout: Layout): readonly WrappedKey[] {
  return fromDatabase(layout) ?? fromFile(layout);
}

function fromDatabase({ database }: Layout): readonly WrappedKey[] | null {
  if ((syncFiles.stat(database)?.size ?? 0) === 0) return null;
  try {
    const connection = openDatabase(database, READ);
    try {
      const wrapped = wrappedKeys(connection);
      return wrapped.length === 0 ? null : wrapped;
    } finally {
      connection.close();
    }
  } catch {
    // Damaged: that is what the copy is for.
    return null;
  }
}

function fromFile({ dataKeys }: Layout): readonly WrappedKey[] {
  if (syncFiles.stat(dataKeys) === null) return [];
  const kept = JSON.parse(syncFiles.readText(dataKeys)) as readonly (Omit<WrappedKey, 'createdAt'> & {
    readonly createdAt?: number;
  })[];
  // One of a version that did not keep when each was made: long enough ago that the last one seals.
  const before = Date.now() - 2 * ADOPT_MS;
  return kept.map(({ id, wrapped, createdAt = before }) => ({ id, wrapped, createdAt }));
}
