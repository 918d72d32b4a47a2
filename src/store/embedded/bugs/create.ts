// A new bug: for a key that led nowhere, for reports that reprocessing gave another key, or for a case that was split off.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { searchText } from './bug-record.ts';
import type { BugRecord } from './bug-record.ts';

/** What a new bug starts with; it counts nothing yet. */
export type NewBug = Pick<
  BugRecord,
  | 'productId'
  | 'key'
  | 'source'
  | 'title'
  | 'titleSteps'
  | 'kind'
  | 'language'
  | 'message'
  | 'path'
  | 'severity'
  | 'roles'
> & {
  readonly createdAt: number;
  readonly seenAt: number;
  /** A bug whose state it takes over, because its reports were in that bug before. */
  readonly like: BugRecord | null;
  readonly madeFor: number | null;
};

const insertBug = query<unknown[]>(`
  INSERT INTO bugs (
    product_id, key, source, title, title_steps, kind, language, message, path, search, severity, roles,
    state, count, installations, value_rows, first_seen_at, last_seen_at, created_at,
    closed_at, closed_in_version, ignored_until, ignored_until_count, assignee, made_for
  ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);

/** Gives the bug's id. */
export function createBug(connection: Connection, bug: NewBug): number {
  const { like } = bug;
  const { lastInsertRowid } = insertBug(connection).run(
    bug.productId,
    bug.key,
    bug.source,
    bug.title,
    bug.titleSteps,
    bug.kind,
    bug.language,
    bug.message,
    bug.path,
    searchText(bug.title, bug.message),
    bug.severity,
    bug.roles,
    like?.state ?? 'open',
    bug.seenAt,
    bug.seenAt,
    bug.createdAt,
    like?.closedAt ?? null,
    like?.closedInVersion ?? null,
    like?.ignoredUntil ?? null,
    like?.ignoredUntilCount ?? null,
    like?.assignee ?? null,
    bug.madeFor,
  );
  return Number(lastInsertRowid);
}
