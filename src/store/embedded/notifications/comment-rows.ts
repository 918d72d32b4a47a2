// Comments on bugs that nobody was told of yet: lines of the history behind the last one that was looked at. A comment is written in the
// transaction of its history, so that none is missed; what was written before the first look is told to nobody.
import type { PendingComment } from '../../notifications.ts';
import { query, type Connection } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';

const lastLine = query<[], number | null>(`SELECT max(id) FROM bug_events`);
const selectTold = query<[], string>(`SELECT CAST(value AS TEXT) FROM settings WHERE name = 'comments_told'`);
const writeTold = query<[value: string]>(`
  INSERT INTO settings (name, value) VALUES ('comments_told', CAST(? AS BLOB))
  ON CONFLICT DO UPDATE SET value = excluded.value`);
const selectComments = query<[after: number, until: number], PendingComment>(`
  SELECT id, bug_id AS bugId, at, by, opened(detail, 'bug_events.detail') AS text FROM bug_events
  WHERE id > ? AND id <= ? AND what = 'comment' AND by IS NOT NULL ORDER BY id`);

/** Lines of history that one look goes through. */
const MAX_LINES = 1000;

/** The comments of the next lines of history, oldest first, and up to which line they are; null: there are no further lines. */
export function pendingComments(
  connection: Connection,
): { readonly comments: readonly PendingComment[]; readonly until: number } | null {
  const last = lastLine(connection).pluck().get() ?? 0;
  const text = selectTold(connection).pluck().get();
  if (text === undefined) return { comments: [], until: last };
  const told = Number(text);
  if (told >= last) return null;
  const until = Math.min(last, told + MAX_LINES);
  return { comments: selectComments(connection).all(told, until), until };
}

export function noteCommentsTold({ connection }: WriteContext, until: number): void {
  writeTold(connection).run(String(until));
}
