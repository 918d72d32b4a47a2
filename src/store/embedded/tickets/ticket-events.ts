// How far the history of bugs has been turned into messages to trackers. It is written in the transaction that files, so nothing that
// happened is missed, whichever process did it.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

const selectLast = query<[], number | null>(`SELECT max(id) FROM bug_events`);
const selectTold = query<[], string>(`SELECT CAST(value AS TEXT) FROM settings WHERE name = 'ticket_events'`);
const writeTold = query<[value: string]>(`
  INSERT INTO settings (name, value) VALUES ('ticket_events', CAST(? AS BLOB))
  ON CONFLICT DO UPDATE SET value = excluded.value`);

/** The number of the newest event. */
export function lastEvent(connection: Connection): number {
  return selectLast(connection).pluck().get() ?? 0;
}

/** The number of the newest event that was looked at; null: none ever was. */
export function toldUntil(connection: Connection): number | null {
  const text = selectTold(connection).pluck().get();
  return text === undefined ? null : Number(text);
}

export function setToldUntil(connection: Connection, id: number): void {
  writeTold(connection).run(String(id));
}

/** What happened until now is told to nobody. */
export function skipEvents(connection: Connection): void {
  setToldUntil(connection, lastEvent(connection));
}
