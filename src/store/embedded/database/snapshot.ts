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

const anyRow = query<[], number>(`SELECT 1 FROM sqlite_schema LIMIT 1`);

/** The same for work that waits. The connection must be of this work alone: whatever else it were asked meanwhile would see this moment, too. */
export async function inHeldSnapshot<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
  begin(connection).run();
  try {
    // A deferred transaction has its moment from its first read on.
    anyRow(connection).get();
    return await work();
  } finally {
    end(connection).run();
  }
}
