// Everything that lies in a data folder, as texts: files as they are and decompressed, and every cell of every table, decompressed.
import path from 'node:path';
import Database from 'better-sqlite3';
import { filesIn } from '../../files-in.ts';
import { unpacked } from './unpacked.ts';

/** Pairs of a place and what stands there. */
export function* everythingIn(dir: string): Generator<readonly [place: string, text: string]> {
  for (const [file, bytes] of filesIn(dir)) yield* textsOf(path.relative(dir, file), bytes);
  const database = new Database(path.join(dir, 'mayday.db'), { readonly: true });
  try {
    const tables = database
      .prepare<[], string>(
        `SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'`,
      )
      .pluck()
      .all();
    for (const table of tables) {
      for (const row of database.prepare<[], unknown[]>(`SELECT * FROM "${table}"`).raw().all()) {
        for (const cell of row) {
          if (Buffer.isBuffer(cell)) yield* textsOf(`table ${table}`, cell);
          else if (typeof cell === 'string') yield [`table ${table}`, cell];
        }
      }
    }
  } finally {
    database.close();
  }
}

function* textsOf(place: string, bytes: Buffer): Generator<readonly [string, string]> {
  for (const text of unpacked(bytes)) yield [place, text];
}
