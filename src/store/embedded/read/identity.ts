// Point lookups that the submit side asks while a client waits.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { identityKey } from '../../shared/report-row.ts';

const crashIdOfIdentity = query<[identity: Uint8Array], string>(
  `SELECT crash_id FROM reports WHERE identity = ?`,
);
const crashIdExists = query<[crashId: string], number>(`SELECT 1 FROM reports WHERE crash_id = ?`);

/** The crash id of the report with this client identity, or null. */
export function findByIdentity(connection: Connection, identity: string): string | null {
  return crashIdOfIdentity(connection).pluck().get(identityKey(identity)) ?? null;
}

/** Whether a report has this crash id. */
export function hasCrashId(connection: Connection, crashId: string): boolean {
  return crashIdExists(connection).pluck().get(crashId) !== undefined;
}
