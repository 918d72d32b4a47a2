// What else the store holds of a report that goes for good: words of people about it, and its lines in the inbox.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

const deleteWordsOfPeople = query<[id: number]>(`
  DELETE FROM feedback WHERE identity = (SELECT identity FROM reports WHERE id = ?)`);

/** While its row is still there. */
export function forgetTold(connection: Connection, reportId: number): void {
  deleteWordsOfPeople(connection).run(reportId);
}

/** An entry may be written a moment after its report was deleted, so this is done by a purge. */
const deleteFromInbox = query<[]>(`
  DELETE FROM inbox
  WHERE outcome IN ('accepted_with_notes', 'duplicate') AND json_extract(opened(entry, 'inbox.entry'), '$.crashId') IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM reports WHERE crash_id = json_extract(opened(entry, 'inbox.entry'), '$.crashId'))`);

/** Forgets what the inbox says of reports that are gone. */
export function forgetInInbox(connection: Connection): void {
  deleteFromInbox(connection).run();
}
