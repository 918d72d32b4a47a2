// The keys that lead to a bug.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

const allKeys = query<[bugId: number], string>(
  `SELECT DISTINCT key FROM bug_keys WHERE bug_id = ? ORDER BY key`,
);

/** In general, or for a case that was split off. */
export function keysOf(connection: Connection, bugId: number): readonly string[] {
  return allKeys(connection).pluck().all(bugId);
}
