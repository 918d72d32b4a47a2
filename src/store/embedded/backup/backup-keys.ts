// Which keys of the operator a backup needs, and whether a restore has them: said before anything is copied where the manifest tells it (those of
// older versions do not), and looked at once more in the database that was copied.
import path from 'node:path';
import { formatKeys, keyIdOf, openSealed, parseKeys, SecretsLocked } from '../../shared/secret-box.ts';
import type { KeyRing } from '../../shared/secret-box.ts';
import { DATA_KEY, wrappedKeys } from '../database/data-keys.ts';
import type { Connection } from '../database/query.ts';
import type { Files } from '../disk/files.ts';
import { layoutOf } from '../disk/folder-layout.ts';
import { countByKey } from '../secrets/sealed-rows.ts';
import { readAll } from './backup-format.ts';

/** Ids of keys. */
export interface NeededKeys {
  /** Without one of these nothing of the store opens. */
  readonly data: readonly string[];
  /** Those of webhooks, trackers and second factors. */
  readonly secrets: readonly string[];
}

/** What a database needs. */
export function neededKeys(connection: Connection): NeededKeys {
  const ofData = new Set(wrappedKeys(connection).map(({ wrapped }) => keyIdOf(wrapped) ?? ''));
  const all = [...countByKey(connection).keys()].filter((id) => id !== 'none');
  return { data: [...ofData], secrets: all.filter((id) => !ofData.has(id)) };
}

/** What a manifest says of it; null: it was made by a version that does not say so. */
export function neededKeysOf(manifest: { readonly keys?: unknown }): NeededKeys | null {
  const { data, secrets } = (manifest.keys ?? {}) as Partial<Record<keyof NeededKeys, unknown>>;
  return areIds(data) && areIds(secrets) ? { data, secrets } : null;
}

function areIds(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((id) => typeof id === 'string' && /^[0-9a-f]{8}$/.test(id));
}

/** The keys that a restore has. */
export interface RestoreKeys {
  /** Null: none were found. */
  readonly ring: KeyRing | null;
  /** Where they come from, or (none were found) were looked for. */
  readonly where: string;
  /** The file that the data folder gets; null: it needs none. */
  readonly file: string | null;
  /** What an operator does about a key that is not among them. */
  readonly advice: string;
}

/** A file of keys has at most `MAX_KEYS` lines. */
const MAX_FILE_BYTES = 1024 * 1024;

/**
 * The keys in the file that is named, else from the operator's command, else in the data folder that was moved to `<dir>.old`. Throws a sentence
 * where those cannot be read.
 */
export async function findKeys({
  files,
  dir,
  named,
  command,
}: {
  readonly files: Files;
  readonly dir: string;
  readonly named: string | null;
  readonly command: (() => string) | undefined;
}): Promise<RestoreKeys> {
  if (named === null && command !== undefined) {
    const where = 'SECRET_KEYS_COMMAND';
    const ring = parseKeys(command(), where);
    return { ring, where, file: null, advice: 'have it print that one, too' };
  }
  const where = named ?? layoutOf(`${path.resolve(dir)}.old`).keys;
  const advice = 'name the file that has it with --keys FILE';
  const stat = await files.stat(where).catch((error: unknown) => {
    // What is below a file is not there.
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return null;
    throw error;
  });
  if (stat === null && named !== null) throw new Error(`There is no ${named}.`);
  if (stat === null) return { ring: null, where, file: null, advice };
  if (!stat.isFile() || stat.size > MAX_FILE_BYTES) throw new SecretsLocked(`${where} is no file of keys.`);
  const ring = parseKeys(await readAll(files, where), where);
  return { ring, where, file: formatKeys(ring), advice };
}

/** Throws a sentence where the data keys of a backup do not open: without them nothing of it could be read. */
export function requireKeys(needed: NeededKeys, { ring, where, advice }: RestoreKeys, backup: string): void {
  const missing = needed.data.find((id) => ring?.some((key) => key.id === id) !== true);
  if (missing === undefined) return;
  throw new SecretsLocked(
    `The backup ${backup} is encrypted under the key ${missing}, which is not in ${where}: ${advice}. Nothing was restored.`,
  );
}

/** The same for the database itself: its data keys are opened. */
export function requireOpening(connection: Connection, keys: RestoreKeys, backup: string): void {
  requireKeys(neededKeys(connection), keys, backup);
  for (const { id, wrapped } of wrappedKeys(connection)) {
    try {
      if (keys.ring !== null) openSealed(keys.ring, wrapped, DATA_KEY);
    } catch (error) {
      if (!(error instanceof SecretsLocked)) throw error;
      throw Object.assign(
        new SecretsLocked(
          `The data key ${id} of the backup ${backup} does not open with the keys of ${keys.where}: it was changed. Nothing was restored.`,
        ),
        { cause: error },
      );
    }
  }
}

/** Ids of the keys of secrets that a restore does not have: reports can be read without them. */
export function lockedSecrets(connection: Connection, { ring }: RestoreKeys): readonly string[] {
  return neededKeys(connection).secrets.filter((id) => ring?.some((key) => key.id === id) !== true);
}
