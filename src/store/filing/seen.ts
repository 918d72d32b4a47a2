// What a bug remembers of all its crashes beside counts: the shortest message and path, roles, the highest severity.
import type { Ledger } from './ledger.ts';
import type { BugRecord } from './rows.ts';

const MAX_ROLES = 20;

/** What a crash, or a bug that was merged, adds. */
export interface Seen {
  readonly message: string;
  readonly path: string | null;
  readonly roles: readonly string[];
  readonly severity: number;
}

/** Changes only what is new. */
export async function noteSeen(ledger: Ledger, bug: BugRecord, seen: Seen): Promise<void> {
  const message = shorter(bug.message, seen.message) ?? '';
  const path = shorter(bug.path, seen.path);
  const roles = withRoles(bug.roles, seen.roles);
  const severity = Math.max(bug.severity, seen.severity);
  if (message === bug.message && path === bug.path && roles === bug.roles && severity === bug.severity)
    return;
  await ledger.bugs.change(bug.id, { message, path, roles, severity });
}

function withRoles(before: string, added: readonly string[]): string {
  if (added.length === 0) return before;
  return JSON.stringify([...new Set([...(JSON.parse(before) as string[]), ...added])].slice(0, MAX_ROLES));
}

/** The shorter text; none and an empty one do not count, and of two of one length the first stays. */
function shorter(a: string | null, b: string | null): string | null {
  if (b === null || b === '') return a;
  if (a === null || a === '') return b;
  return b.length < a.length ? b : a;
}
