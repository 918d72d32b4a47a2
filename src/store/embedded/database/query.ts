// A named SQL statement: prepared once for each connection, at its first use.
import type Database from 'better-sqlite3';
import { statements } from './statements.ts';

/** A connection to the store's database. */
export type Connection = Database.Database;

/** Declares a statement with its parameters in order and the shape of its rows (columns are named as in SQL's `AS`). */
export function query<Parameters extends unknown[], Row = never>(
  sql: string,
): (connection: Connection) => Database.Statement<Parameters, Row> {
  const prepared = new WeakMap<Connection, Database.Statement<Parameters, Row>>();
  return (connection) => {
    let statement = prepared.get(connection);
    if (statement === undefined) {
      statement = statements.prepare<Parameters, Row>(connection, sql);
      prepared.set(connection, statement);
    }
    return statement;
  };
}
