// How far the sealing of old rows has come (write/seal-behind.ts), as the database remembers it.
import { query } from './query.ts';
import type { Connection } from './query.ts';

/** The place in `SEALED_TABLES`, and the number of the last row that is sealed. Behind the last table only the log is left. */
export interface SealingBehind {
  readonly table: number;
  readonly after: number;
}

const read = query<[], string>(`SELECT CAST(value AS TEXT) FROM settings WHERE name = 'sealing_behind'`);
const write = query<[value: string]>(`
  INSERT INTO settings (name, value) VALUES ('sealing_behind', CAST(? AS BLOB))
  ON CONFLICT (name) DO UPDATE SET value = excluded.value`);
const remove = query<[]>(`DELETE FROM settings WHERE name = 'sealing_behind'`);

/** Null: all rows are sealed, or the store is not encrypted. */
export function readSealingBehind(connection: Connection): SealingBehind | null {
  const text = read(connection).pluck().get();
  return text === undefined ? null : (JSON.parse(text) as SealingBehind);
}

/** Null: nothing is left. */
export function writeSealingBehind(connection: Connection, at: SealingBehind | null): void {
  if (at === null) remove(connection).run();
  else write(connection).run(JSON.stringify(at));
}
