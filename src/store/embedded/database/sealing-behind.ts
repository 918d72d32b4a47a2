// How far the sealing of what was there before has come (write/seal-behind.ts), as the database remembers it.
import { SEALED_TABLES } from './sealed-columns.ts';
import { query } from './query.ts';
import type { Connection } from './query.ts';

/** Behind the last table: attachments in packs, in files of reports and in blobs; then only the log is left. */
export const PACKS = SEALED_TABLES.length;
export const FILES = PACKS + 1;
export const BLOBS = PACKS + 2;
export const LOG = PACKS + 3;

/** The place in `SEALED_TABLES`, or one of those behind it, and the number of the last row that is sealed: of a pack, report or blob there. */
export interface SealingPlace {
  readonly table: number;
  readonly after: number;
  /** Packs, reports and blobs that could not be sealed. */
  readonly passed?: number;
  /** The number of the last pack that may have something in clear that no report has any more; without it, any may. */
  readonly packs?: number;
  /** The number of the last pack when this pass over packs began: what it fills itself comes behind, and is not for it. */
  readonly until?: number;
}

/** What comes behind the tables. */
const BEHIND_TABLES: ReadonlyMap<number, string> = new Map([
  [PACKS, 'packs'],
  [FILES, 'files of reports'],
  [BLOBS, 'blobs'],
]);

/** A place in words: the name of a table, or of what comes behind them. */
export function nameOfPlace({ table }: SealingPlace): string {
  return SEALED_TABLES[table]?.table ?? BEHIND_TABLES.get(table) ?? 'the log';
}

const read = query<[], string>(`SELECT CAST(value AS TEXT) FROM settings WHERE name = 'sealing_behind'`);
const write = query<[value: string]>(`
  INSERT INTO settings (name, value) VALUES ('sealing_behind', CAST(? AS BLOB))
  ON CONFLICT (name) DO UPDATE SET value = excluded.value`);
const remove = query<[]>(`DELETE FROM settings WHERE name = 'sealing_behind'`);

const last = query<[], number>(`SELECT coalesce(max(id), 0) FROM packs`);

/** The number of the last pack; 0: there is none. Numbers tell what is older; the clock of the machine may have been set back since. */
export function lastPack(connection: Connection): number {
  return last(connection).pluck().get() ?? 0;
}

/** From the first row on, with all packs that are there. */
export function sealFromStart(connection: Connection): void {
  writeSealingBehind(connection, { table: 0, after: 0, packs: lastPack(connection) });
}

/** Null: all rows are sealed, or the store is not encrypted. */
export function readSealingBehind(connection: Connection): SealingPlace | null {
  const text = read(connection).pluck().get();
  return text === undefined ? null : (JSON.parse(text) as SealingPlace);
}

/** Null: nothing is left. */
export function writeSealingBehind(connection: Connection, at: SealingPlace | null): void {
  if (at === null) remove(connection).run();
  else write(connection).run(JSON.stringify(at));
}
