// Brings a database to the schema of this code: numbered SQL files, each applied once, in one transaction.
import { readFileSync, readdirSync } from 'node:fs';
import type { Connection } from './query.ts';

/** A migration file: `0001-reports.sql`. Files are append-only: one that was released never changes. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}

const FOLDER = new URL('../migrations/', import.meta.url);

/** The migrations that come with this code, in order. */
export function readMigrations(folder: URL = FOLDER): readonly Migration[] {
  return readdirSync(folder)
    .filter((name) => /^\d{4}-[a-z0-9-]+\.sql$/.test(name))
    .sort()
    .map((name) => ({
      number: Number(name.slice(0, 4)),
      name,
      sql: readFileSync(new URL(name, folder), 'utf8'),
    }));
}

/**
 * Applies what is missing and gives the schema's number. Safe when several processes do it at once.
 * Throws a sentence for the operator when the database was made by a newer version.
 */
export function migrate(connection: Connection, migrations: readonly Migration[] = readMigrations()): number {
  const newest = migrations.at(-1)?.number ?? 0;
  if (appliedNumber(connection) === newest) return newest;
  connection.exec('BEGIN IMMEDIATE');
  try {
    connection.exec(`
      CREATE TABLE IF NOT EXISTS migrations (
        number     INTEGER PRIMARY KEY,
        name       TEXT NOT NULL,
        applied_at INTEGER NOT NULL
      ) STRICT`);
    const applied = appliedNumber(connection);
    if (applied > newest) {
      throw new Error(
        `The database was made by a newer version of Mayday (its schema is ${applied}, this version knows ${newest}). ` +
          'Start that version or a newer one; nothing was changed.',
      );
    }
    for (const migration of migrations.filter(({ number }) => number > applied)) {
      connection.exec(migration.sql);
      connection
        .prepare('INSERT INTO migrations (number, name, applied_at) VALUES (?, ?, ?)')
        .run(migration.number, migration.name, Date.now());
    }
    connection.exec('COMMIT');
    return newest;
  } catch (error) {
    if (connection.inTransaction) connection.exec('ROLLBACK');
    throw error;
  }
}

/** The number of the last migration that was applied; 0 for an empty database. */
function appliedNumber(connection: Connection): number {
  const exists = connection
    .prepare(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'`)
    .get();
  if (exists === undefined) return 0;
  return connection.prepare<[], number>('SELECT max(number) FROM migrations').pluck().get() ?? 0;
}
