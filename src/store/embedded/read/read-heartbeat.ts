// Reads back what the heartbeat wrote.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

const selectHeartbeat = query<[], Buffer>(`SELECT value FROM settings WHERE name = 'heartbeat'`);

/** The last heartbeat's value, or null. */
export function lastHeartbeat(connection: Connection): Uint8Array | null {
  return selectHeartbeat(connection).pluck().get() ?? null;
}
