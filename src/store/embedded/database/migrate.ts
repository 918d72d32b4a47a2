// Brings a database to the schema of this code: numbered SQL files, each applied once, in one transaction.
import { syncFiles } from '../disk/files.ts';
import { installationNumber } from './installation-number.ts';
import { query, type Connection } from './query.ts';
import { statements } from './statements.ts';

/** A migration file: `0001-reports.sql`. Files are append-only: one that was released never changes. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}

const migrationsTable = query<[], number>(`
  SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'`);
const highestApplied = query<[], number>(`SELECT max(number) FROM migrations`);
const noteApplied = query<[number: number, name: string, at: number]>(`
  INSERT INTO migrations (number, name, applied_at) VALUES (?, ?, ?)`);

const FOLDER = new URL('../migrations/', import.meta.url);

/** The migrations that come with this code, in order. */
export function readMigrations(folder: URL = FOLDER): readonly Migration[] {
  return syncFiles
    .list(folder)
    .filter((name) => /^\d{4}-[a-z0-9-]+\.sql$/.test(name))
    .sort()
    .map((name) => ({
      number: Number(name.slice(0, 4)),
      name,
      sql: syncFiles.readText(new URL(name, folder)),
    }));
}

/**
 * Applies what is missing and gives the schema's number. Safe when several processes do it at once.
 * Throws a sentence for the operator when the database was made by a newer version.
 */
export function migrate(
  connection: Connection,
  migrations: readonly Migration[] = readMigrations(),
  began: (migration: Migration, index: number, total: number) => void = () => undefined,
): number {
  const newest = migrations.at(-1)?.number ?? 0;
  if (appliedNumber(connection) === newest) return newest;
  statements.exec(connection, 'BEGIN IMMEDIATE');
  try {
    statements.exec(
      connection,
      `
      CREATE TABLE IF NOT EXISTS migrations (
        number     INTEGER PRIMARY KEY,
        name       TEXT NOT NULL,
        applied_at INTEGER NOT NULL
      ) STRICT`,
    );
    const applied = appliedNumber(connection);
    if (applied > newest) {
      throw new Error(
        `The database was made by a newer version of Mayday (its schema is ${applied}, this version knows ${newest}). ` +
          'Start that version or a newer one; nothing was changed.',
      );
    }
    const missing = migrations.filter(({ number }) => number > applied);
    for (const [index, migration] of missing.entries()) {
      began(migration, index, missing.length);
      if (migration.sql.includes('installation_number(')) defineInstallationNumber(connection);
      statements.exec(connection, migration.sql);
      noteApplied(connection).run(migration.number, migration.name, Date.now());
    }
    statements.exec(connection, 'COMMIT');
    return newest;
  } catch (error) {
    if (connection.inTransaction) statements.exec(connection, 'ROLLBACK');
    throw error;
  }
}

/** Numbers are made with a secret, which SQL alone cannot do. */
function defineInstallationNumber(connection: Connection): void {
  // While a statement runs the connection takes no other: the secret is read before.
  installationNumber(connection, 0, '');
  connection.function('installation_number', { deterministic: true }, (productId, installation) =>
    installationNumber(connection, Number(productId), String(installation)),
  );
}

/** The number of the last migration that was applied; 0 for an empty database. */
export function appliedNumber(connection: Connection): number {
  if (migrationsTable(connection).get() === undefined) return 0;
  return highestApplied(connection).pluck().get() ?? 0;
}
