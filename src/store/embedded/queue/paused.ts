// Whether processing is paused: one flag for every process that shares the store.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';

const selectPaused = query<[], number>(`SELECT 1 FROM settings WHERE name = 'queue_paused'`);
const insertPaused = query<[]>(`
  INSERT INTO settings (name, value) VALUES ('queue_paused', x'01') ON CONFLICT DO NOTHING`);
const deletePaused = query<[]>(`DELETE FROM settings WHERE name = 'queue_paused'`);

export function isPaused(connection: Connection): boolean {
  return selectPaused(connection).get() !== undefined;
}

export function setPaused({ connection }: WriteContext, paused: boolean): void {
  (paused ? insertPaused : deletePaused)(connection).run();
}
