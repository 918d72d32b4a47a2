// Seals what was in the database before the store was encrypted, some rows at a time, behind everything else. What was in clear is overwritten: cells
// and free pages by SQLite (`secure_delete`), the index of words is emptied, copies that an upgrade made go, the log is folded back at last.
// States: (encryption began) rows of one table after the other → the log → none. A crash between two steps loses nothing.
import { removeAllCopies } from '../database/before-migration.ts';
import { foldLogNow } from '../database/fold-log.ts';
import { prepared } from '../database/prepared.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { purposeOf, SEALED_TABLES } from '../database/sealed-columns.ts';
import { isEncrypted } from '../database/sealing-functions.ts';
import { readSealingBehind, writeSealingBehind } from '../database/sealing-behind.ts';
import { inTransaction } from './in-transaction.ts';
import type { Writer } from './in-transaction.ts';

/** Rows of one step: with the largest attachments in rows that is some megabytes. */
const OF_STEP = 64;

/** The one of the tables whose rows have no number of their own. */
const WITHOUT_NUMBERS = 'bulk_changes';

const emptyWords = query<[]>(`INSERT INTO report_words (report_words) VALUES ('delete-all')`);
const forgetPending = query<[]>(`DELETE FROM search_pending`);

/** Whether anything is yet to be sealed. */
export function sealingIsDue(connection: Connection): boolean {
  return isEncrypted(connection) && readSealingBehind(connection) !== null;
}

/** `held`: a reader keeps the log, for a while. */
export type SealStep = 'more' | 'held' | 'done';

/** One step. Throws SQLite's error. */
export async function sealBehind(writer: Writer): Promise<SealStep> {
  const at = readSealingBehind(writer.connection);
  if (at === null) return 'done';
  const sealed = SEALED_TABLES[at.table];
  if (sealed !== undefined) {
    await inTransaction(writer, ({ connection }) => {
      const last = sealSome(connection, sealed, at.after);
      writeSealingBehind(
        connection,
        last === null ? { table: at.table + 1, after: 0 } : { ...at, after: last },
      );
    });
    return 'more';
  }
  await inTransaction(writer, ({ connection }) => {
    emptyWords(connection).run();
    forgetPending(connection).run();
  });
  removeAllCopies(writer.layout);
  if (!foldLogNow(writer.connection)) return 'held';
  await inTransaction(writer, ({ connection }) => writeSealingBehind(connection, null));
  return 'done';
}

/** Seals some rows and gives the number of the last; null: there are no further ones. */
function sealSome(
  connection: Connection,
  { table, columns }: (typeof SEALED_TABLES)[number],
  after: number,
): number | null {
  const set = columns
    .map((column) => `${column} = sealed_once(${column}, '${purposeOf(table, column)}')`)
    .join(', ');
  if (table === WITHOUT_NUMBERS) {
    // Some acts, each of a bounded number of bugs.
    prepared<object, never>(connection, `UPDATE ${table} SET ${set}`).run({});
    return null;
  }
  const rows = prepared<{ after: number; limit: number }, number>(
    connection,
    `SELECT rowid FROM ${table} WHERE rowid > @after ORDER BY rowid LIMIT @limit`,
  )
    .pluck()
    .all({ after, limit: OF_STEP });
  const last = rows.at(-1);
  if (last === undefined) return null;
  prepared<{ after: number; last: number }, never>(
    connection,
    `UPDATE ${table} SET ${set} WHERE rowid > @after AND rowid <= @last`,
  ).run({ after, last });
  return last;
}
