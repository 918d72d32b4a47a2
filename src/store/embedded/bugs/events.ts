// The history of a bug: who did what.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

const MAX_DETAIL = 10_000;

const insertEvent = query<[bugId: number, at: number, by: string | null, what: string, detail: string]>(
  `INSERT INTO bug_events (bug_id, at, by, what, detail) VALUES (?, ?, ?, ?, ?)`,
);

/** What can stand in the history (`BugEvent.what`). */
export type EventName =
  | 'created'
  | 'closed'
  | 'reopened'
  | 'ignored'
  | 'assigned'
  | 'ticket'
  | 'comment'
  | 'merged'
  | 'split'
  | 'moved'
  | 'renamed';

/** Writes one line of history; `by` null is Mayday itself. */
export function addEvent(
  connection: Connection,
  bugId: number,
  event: {
    readonly at: number;
    readonly by: string | null;
    readonly what: EventName;
    readonly detail: string;
  },
): void {
  insertEvent(connection).run(bugId, event.at, event.by, event.what, event.detail.slice(0, MAX_DETAIL));
}
