// A bug's row as lists show it.
import type { BugRow, BugState } from '../../bugs.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { dayOf, mondayText } from '../../shared/days.ts';

/** Days of the bars in a list. */
export const BAR_DAYS = 28;

interface ListedBug {
  readonly id: number;
  readonly account: string;
  readonly product: string;
  readonly title: string;
  readonly kind: string;
  readonly message: string;
  readonly state: BugState;
  readonly severity: number;
  readonly roles: string;
  readonly count: number;
  readonly installations: number;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  readonly lastWeek: number;
  readonly assignee: string | null;
  readonly ticket: string | null;
  readonly closedInVersion: string | null;
  readonly firstVersion: string | null;
  readonly lastVersion: string | null;
}

const listedBug = query<[id: number], ListedBug>(`
  SELECT
    bugs.id, accounts.name AS account, products.name AS product, title, kind, opened(message, 'bugs.message') AS message, state, severity, roles, count,
    bugs.installations, first_seen_at AS firstSeenAt, last_seen_at AS lastSeenAt, last_week AS lastWeek, assignee, ticket,
    closed_in_version AS closedInVersion, first_version AS firstVersion, last_version AS lastVersion
  FROM bugs
  JOIN products ON products.id = bugs.product_id
  JOIN accounts ON accounts.id = products.account_id
  WHERE bugs.id = ?`);

const daysOfBug = query<[bugId: number, from: number], { day: number; count: number }>(`
  SELECT day, count FROM bug_days WHERE bug_id = ? AND day >= ?`);

/** One row of the list; null where there is no such bug. */
export function bugRow(connection: Connection, id: number, now: number): BugRow | null {
  const row = listedBug(connection).get(id);
  if (row === undefined) return null;
  return {
    ...row,
    severity: row.severity === 1 ? 'major' : 'normal',
    roles: JSON.parse(row.roles) as string[],
    lastWeek: mondayText(row.lastWeek),
    last28Days: lastDays(connection, id, now),
    platforms: [],
  };
}

function lastDays(connection: Connection, id: number, now: number): readonly number[] {
  const from = dayOf(now) - BAR_DAYS + 1;
  const bars = Array.from({ length: BAR_DAYS }, () => 0);
  for (const { day, count } of daysOfBug(connection).all(id, from)) {
    if (day - from < BAR_DAYS) bars[day - from] = count;
  }
  return bars;
}

const MAX_ROWS = 2000;

/** Rows of these bugs, those that are gone left out. */
export function bugRows(connection: Connection, ids: readonly number[], now: number): readonly BugRow[] {
  return ids.slice(0, MAX_ROWS).flatMap((id) => bugRow(connection, id, now) ?? []);
}
