// Every statement of the embedded store goes through this object: one small seam, so that a test can make any of them fail.
import type Database from 'better-sqlite3';
import { isEncrypted, withoutSealing } from './sealing-functions.ts';

/** What the store asks of a connection. Each throws SQLite's error. */
export interface Statements {
  /** Compiles one statement. */
  prepare<Parameters extends unknown[], Row>(
    connection: Database.Database,
    sql: string,
  ): Database.Statement<Parameters, Row>;
  /** Runs a script of statements without parameters. */
  exec(connection: Database.Database, sql: string): void;
  /** Sets or asks for a setting of the connection. */
  pragma(connection: Database.Database, text: string): unknown;
  /** Copies the database into a file, so many pages at a time as `progress` says. */
  backup(
    connection: Database.Database,
    file: string,
    progress: (pages: Database.BackupMetadata) => number,
  ): Promise<unknown>;
}

/** The real ones. */
export const statements: Statements = {
  prepare<Parameters extends unknown[], Row>(connection: Database.Database, sql: string) {
    return connection.prepare<Parameters, Row>(
      isEncrypted(connection) ? sql : withoutSealing(sql),
    ) as Database.Statement<Parameters, Row>;
  },
  exec(connection, sql) {
    connection.exec(isEncrypted(connection) ? sql : withoutSealing(sql));
  },
  pragma: (connection, text) => connection.pragma(text),
  backup: (connection, file, progress) => connection.backup(file, { progress }),
};
