// One whole bug.
import type { Bug } from '../../bugs.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { bugRow } from './bug-row.ts';
import { keysOf } from './bug-keys.ts';

type Details = Pick<
  Bug,
  | 'key'
  | 'language'
  | 'path'
  | 'firstVersion'
  | 'lastVersion'
  | 'closedAt'
  | 'ignoredUntil'
  | 'ignoredUntilCount'
  | 'duplicateOf'
  | 'createdAt'
> & { readonly titleSteps: string; readonly newestReport: string | null };

const selectDetails = query<[id: number], Details>(`
  SELECT
    key, language, path, first_version AS firstVersion, last_version AS lastVersion, closed_at AS closedAt,
    ignored_until AS ignoredUntil, ignored_until_count AS ignoredUntilCount, duplicate_of AS duplicateOf,
    created_at AS createdAt, title_steps AS titleSteps,
    (SELECT crash_id FROM reports WHERE reports.id = bugs.newest_report_id) AS newestReport
  FROM bugs WHERE id = ?`);

/** The bug, also one that was merged into another; null where there is none. */
export function getBug(connection: Connection, id: number, now: number): Bug | null {
  const row = bugRow(connection, id, now);
  const details = selectDetails(connection).get(id);
  if (row === null || details === undefined) return null;
  return {
    ...row,
    ...details,
    keys: keysOf(connection, id),
    titleSteps: JSON.parse(details.titleSteps) as string[],
  };
}
