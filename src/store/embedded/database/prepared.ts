// Statements whose text depends on what is asked: prepared once for each connection and text.
import type Database from 'better-sqlite3';
import type { Connection } from './query.ts';
import { statements } from './statements.ts';

const known = new WeakMap<Connection, Map<string, Database.Statement>>();

/** The statement of a text; named parameters. The number of texts must be bounded by the code that makes them. */
export function prepared<Parameters extends object, Row>(
  connection: Connection,
  sql: string,
): Database.Statement<[Parameters], Row> {
  let ofConnection = known.get(connection);
  if (ofConnection === undefined) known.set(connection, (ofConnection = new Map()));
  let statement = ofConnection.get(sql);
  if (statement === undefined) {
    ofConnection.set(sql, (statement = statements.prepare<[Parameters], Row>(connection, sql)));
  }
  return statement as Database.Statement<[Parameters], Row>;
}
