// Reads that ask several questions see one moment: without it a report that changes its state between two of them (the
// processor does that all the time) would be in neither answer.
import { query, type Connection } from './query.ts';

const begin = query(`BEGIN DEFERRED`);
const end = query(`COMMIT`);

/** Runs `read`, which only reads and does not wait for anything, on one snapshot of the database. Snapshots may be nested. */
export function inSnapshot<T>(connection: Connection, read: () => T): T {
  if (connection.inTransaction) return read();
  begin(connection).run();
  try {
    return read();
  } finally {
    end(connection).run();
  }
}
