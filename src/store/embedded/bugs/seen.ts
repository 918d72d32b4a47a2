// What a bug remembers of all its crashes beside counts: the shortest message and path, roles, the highest severity.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { searchText } from './bug-record.ts';
import type { BugRecord } from './bug-record.ts';

const MAX_ROLES = 20;

/** What a crash, or a bug that was merged, adds. */
export interface Seen {
  readonly message: string;
  readonly path: string | null;
  readonly roles: readonly string[];
  readonly severity: number;
}

const updateSeen = query<
  [message: string, path: string | null, roles: string, severity: number, search: string, id: number]
>(`UPDATE bugs SET message = ?, path = ?, roles = ?, severity = ?, search = ? WHERE id = ?`);

/** Writes only where something is new. */
export function noteSeen(connection: Connection, bug: BugRecord, seen: Seen): void {
  const message = shorter(bug.message, seen.message) ?? '';
  const path = shorter(bug.path, seen.path);
  const roles = [...new Set([...(JSON.parse(bug.roles) as string[]), ...seen.roles])].slice(0, MAX_ROLES);
  const severity = Math.max(bug.severity, seen.severity);
  const rolesJson = JSON.stringify(roles);
  if (message === bug.message && path === bug.path && rolesJson === bug.roles && severity === bug.severity)
    return;
  updateSeen(connection).run(message, path, rolesJson, severity, searchText(bug.title, message), bug.id);
}

/** The shorter text; none and an empty one do not count, and of two of one length the first stays. */
function shorter(a: string | null, b: string | null): string | null {
  if (b === null || b === '') return a;
  if (a === null || a === '') return b;
  return b.length < a.length ? b : a;
}
