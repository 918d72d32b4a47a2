// Puts the words of new reports' annotations into the search index, some reports at a time, after they were committed.
import { query } from '../database/query.ts';
import { isEncrypted } from '../database/sealing-functions.ts';
import type { Connection } from '../database/query.ts';
import { beginningFromJson } from '../../shared/report-row.ts';
import { inTransaction } from './in-transaction.ts';
import type { Writer } from './in-transaction.ts';

/** So much text of one report is indexed, and so much in one transaction. */
const MAX_REPORT_TEXT = 64 * 1024;
/** In JSON a letter takes up to six (`\u0001`); what frames keys and values comes on top of it. */
const READ_OF_REPORT = 8 * MAX_REPORT_TEXT;
const MAX_STEP_TEXT = 512 * 1024;
/** So much is read for it in one transaction: others wait for the thread. */
const MAX_STEP_READ = 2 * 1024 * 1024;

/** Numbers alone: a report may have megabytes of annotations, and only one at a time is held. */
const pendingReports = query<[limit: number], number>(`
  SELECT report_id FROM search_pending ORDER BY report_id DESC LIMIT ?`);
const annotationsOf = query<[length: number, id: number], string>(`
  SELECT substr(opened(annotations, 'reports.annotations'), 1, ?) FROM reports WHERE id = ?`);

const anyPending = query<[], number>(`SELECT 1 FROM search_pending LIMIT 1`);
const insertWords = query<[id: number, words: string]>(
  `INSERT INTO report_words (rowid, words) VALUES (?, ?)`,
);
const deletePending = query<[id: number]>(`DELETE FROM search_pending WHERE report_id = ?`);

/** Whether reports wait to be indexed. */
export function wordsArePending(connection: Connection): boolean {
  return anyPending(connection).get() !== undefined;
}

/**
 * Indexes at most `count` reports, the newest first. Gives how many bytes of text that were. Where the store is encrypted there is no index:
 * it would hold every word in clear.
 */
export function indexWords(writer: Writer, count: number): Promise<number> {
  return inTransaction(writer, ({ connection }) => {
    let bytes = 0;
    let read = 0;
    for (const id of pendingReports(connection).pluck().all(count)) {
      const annotations = annotationsOf(connection).pluck().get(READ_OF_REPORT, id);
      if (annotations !== undefined && !isEncrypted(connection)) {
        const words = beginningFromJson(annotations, READ_OF_REPORT)
          .map(({ key, value }) => `${key} ${value}`)
          .join('\n')
          .slice(0, MAX_REPORT_TEXT);
        insertWords(connection).run(id, words);
        bytes += words.length;
        read += annotations.length;
      }
      deletePending(connection).run(id);
      if (bytes > MAX_STEP_TEXT || read > MAX_STEP_READ) break;
    }
    return bytes;
  });
}
