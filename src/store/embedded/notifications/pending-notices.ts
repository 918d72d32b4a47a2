// What filing did to bugs and nobody has been told yet: one row for each bug and event.
import type { FiledCrash } from '../../queue.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

const insertPendingNotice = query<[bugId: number, event: string, at: number]>(`
  INSERT OR REPLACE INTO untold (bug_id, event, at) VALUES (?, ?, ?)`);

/** Written in the transaction that files the report. */
export function notePendingNotice(
  connection: Connection,
  bugId: number,
  event: FiledCrash['event'],
  at: number,
): void {
  if (event !== 'unchanged') insertPendingNotice(connection).run(bugId, event, at);
}
