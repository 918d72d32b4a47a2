// One whole bug.
import type { Bug } from '../../bugs.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { bugRow } from './bug-row.ts';
import { withSpans } from './bug-spans.ts';
import { isCrowded } from '../../filing/callers.ts';
import { keysOf } from './bug-keys.ts';

type Details = Pick<
  Bug,
  | 'key'
  | 'language'
  | 'path'
  | 'closedAt'
  | 'ignoredUntil'
  | 'ignoredUntilCount'
  | 'duplicateOf'
  | 'createdAt'
> & { readonly titleSteps: string; readonly newestReport: string | null };

const selectDetails = query<[id: number], Details>(`
  SELECT
    key, language, opened(path, 'bugs.path') AS path, closed_at AS closedAt, ignored_until AS ignoredUntil, ignored_until_count AS ignoredUntilCount, duplicate_of AS duplicateOf,
    created_at AS createdAt, title_steps AS titleSteps,
    (SELECT crash_id FROM reports WHERE reports.id = bugs.newest_report_id) AS newestReport
  FROM bugs WHERE id = ?`);

const callersOfKey = query<[bugId: number], { caller: string; count: number }>(`
  SELECT caller, key_callers.count
  FROM bugs JOIN key_callers ON key_callers.product_id = bugs.product_id AND key_callers.key = bugs.key
  WHERE bugs.id = ?`);

function callersOf(connection: Connection, id: number): Bug['callers'] {
  const callers = new Map(
    callersOfKey(connection)
      .all(id)
      .map(({ caller, count }) => [caller, count]),
  );
  return callers.size === 0 ? null : { count: callers.size, areTakenAlong: isCrowded(callers) };
}

/** The bug, also one that was merged into another; null where there is none. */
export function getBug(connection: Connection, id: number, now: number): Bug | null {
  const listed = bugRow(connection, id, now);
  const [row = null] = listed === null ? [] : withSpans(connection, [listed]);
  const details = selectDetails(connection).get(id);
  if (row === null || details === undefined) return null;
  return {
    ...row,
    ...details,
    callers: callersOf(connection, id),
    keys: keysOf(connection, id),
    titleSteps: JSON.parse(details.titleSteps) as string[],
  };
}
