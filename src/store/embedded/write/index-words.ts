// Puts the words of new reports' annotations into the search index, some reports at a time, after they were committed.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { annotationsFromJson } from '../../shared/report-row.ts';
import { inTransaction } from './in-transaction.ts';
import type { Writer } from './in-transaction.ts';

/** So much text of one report is indexed, and so much in one transaction. */
const MAX_REPORT_TEXT = 64 * 1024;
const MAX_STEP_TEXT = 512 * 1024;

interface PendingReport {
  readonly id: number;
  readonly annotations: string | null;
}

const pendingReports = query<[limit: number], PendingReport>(`
  SELECT search_pending.report_id AS id, reports.annotations
  FROM search_pending LEFT JOIN reports ON reports.id = search_pending.report_id
  ORDER BY search_pending.report_id DESC LIMIT ?`);

const anyPending = query<[], number>(`SELECT 1 FROM search_pending LIMIT 1`);
const insertWords = query<[id: number, words: string]>(
  `INSERT INTO report_words (rowid, words) VALUES (?, ?)`,
);
const deletePending = query<[id: number]>(`DELETE FROM search_pending WHERE report_id = ?`);

/** Whether reports wait to be indexed. */
export function wordsArePending(connection: Connection): boolean {
  return anyPending(connection).get() !== undefined;
}

/** Indexes at most `count` reports, the newest first. Gives how many bytes of text that were. */
export function indexWords(writer: Writer, count: number): Promise<number> {
  return inTransaction(writer, ({ connection }) => {
    let bytes = 0;
    for (const { id, annotations } of pendingReports(connection).all(count)) {
      if (annotations !== null) {
        const words = annotationsFromJson(annotations)
          .map(({ key, value }) => `${key} ${value}`)
          .join('\n')
          .slice(0, MAX_REPORT_TEXT);
        insertWords(connection).run(id, words);
        bytes += words.length;
      }
      deletePending(connection).run(id);
      if (bytes > MAX_STEP_TEXT) break;
    }
    return bytes;
  });
}
