// One line of the audit log, by a command that does not open the store: a backup must not bring a database up to date, nor housekeep.
import type { AuditEntry } from '../../audit.ts';
import { appliedNumber, readMigrations } from '../database/migrate.ts';
import { openDatabase } from '../database/open-database.ts';
import { query } from '../database/query.ts';
import { addAudit } from './audit-rows.ts';

const SETTINGS = { readonly: false, cacheBytes: 1024 * 1024, walBytes: 1024 * 1024 } as const;
const begin = query(`BEGIN IMMEDIATE`);
const commit = query(`COMMIT`);

/** False: the database is that of another version, and nothing was written. Throws SQLite's error. */
export function addAuditLine(database: string, entry: AuditEntry, now: number): boolean {
  const looking = openDatabase(database, { ...SETTINGS, readonly: true });
  try {
    if (appliedNumber(looking) !== (readMigrations().at(-1)?.number ?? 0)) return false;
  } finally {
    looking.close();
  }
  const connection = openDatabase(database, SETTINGS);
  try {
    begin(connection).run();
    addAudit({ connection }, [{ entry, at: now }]);
    commit(connection).run();
    return true;
  } finally {
    connection.close();
  }
}
