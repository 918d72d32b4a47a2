// Why a report is under its bug, in sentences: what the processor said, then what people and reprocessing did to keys and bugs.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { getProcessed } from '../queue/read-processed.ts';

interface Filed {
  readonly key: string;
  readonly caseKey: string;
  readonly bugId: number;
  readonly productId: number;
  readonly movedBy: string | null;
  readonly movedAt: number | null;
}

const selectFiled = query<[crashId: string], Filed>(`
  SELECT
    report_crashes.key, report_crashes.case_key AS caseKey, cases.bug_id AS bugId, bugs.product_id AS productId,
    moved_by AS movedBy, moved_at AS movedAt
  FROM reports
  JOIN report_crashes ON report_crashes.report_id = reports.id
  JOIN cases ON cases.id = report_crashes.case_id
  JOIN bugs ON bugs.id = cases.bug_id
  WHERE reports.crash_id = ? ORDER BY position`);

const keyRow = query<
  [productId: number, key: string, caseKey: string],
  { bugId: number; firstBug: number; caseKey: string }
>(`
  SELECT bug_id AS bugId, first_bug AS firstBug, case_key AS caseKey FROM bug_keys
  WHERE product_id = ? AND key = ? AND case_key IN (?, '') ORDER BY case_key DESC LIMIT 1`);

const keyOfBug = query<[id: number], string>(`SELECT key FROM bugs WHERE id = ?`);

const mergeOf = query<[id: number], { duplicateOf: number; by: string | null; at: number }>(`
  SELECT duplicate_of AS duplicateOf, merged_by AS by, merged_at AS at
  FROM bugs WHERE id = ? AND duplicate_of IS NOT NULL`);

/** Empty where the report is unknown or was not processed. */
export async function whyHere(connection: Connection, crashId: string): Promise<readonly string[]> {
  const processed = (await getProcessed(connection, crashId))?.processed;
  const filed = selectFiled(connection).all(crashId);
  return filed.flatMap((row, position) => {
    const grouping = processed?.crashes[position]?.grouping;
    const prefix = filed.length > 1 ? `Crash ${position + 1}: ` : '';
    const sentences = [
      ...(grouping === undefined ? [] : [grouping.because]),
      ...(grouping?.caller?.key === row.key
        ? [`Its frame is reached from many places, so its caller "${grouping.caller.frame}" is in the key.`]
        : []),
      ...(grouping?.rule ? [`The product's rule "${grouping.rule}" gave the key.`] : []),
      ...(row.movedBy === null ? keySentences(connection, row) : movedSentences(row)),
    ];
    return sentences.map((sentence) => prefix + sentence);
  });
}

function movedSentences({ movedBy, movedAt, bugId }: Filed): readonly string[] {
  return [`${movedBy} moved the report to #${bugId}${when(movedAt)}.`];
}

function keySentences(connection: Connection, { productId, key, caseKey, bugId }: Filed): readonly string[] {
  const led = keyRow(connection).get(productId, key, caseKey);
  if (led === undefined) return [];
  const merge = mergeOf(connection).get(led.firstBug);
  return [
    led.caseKey === ''
      ? `The key ${JSON.stringify(key)} leads to #${bugId}.`
      : `The key ${JSON.stringify(key)} leads to #${bugId} for this case, which was split off.`,
    ...(merge === undefined || led.firstBug === bugId
      ? []
      : [
          `It led to #${led.firstBug} at first, which ${merge.by === null ? 'reprocessing' : merge.by} ` +
            `merged into #${merge.duplicateOf}${when(merge.at)}.`,
        ]),
    ...titleSentence(connection, bugId, key),
  ];
}

/** A bug goes by its newest key; reports with an older one are still at home there. */
function titleSentence(connection: Connection, bugId: number, key: string): readonly string[] {
  const newest = keyOfBug(connection).pluck().get(bugId);
  if (newest === undefined || newest === key) return [];
  return [`The bug goes by the key ${JSON.stringify(newest)} today.`];
}

function when(at: number | null): string {
  return at === null ? '' : ` on ${new Date(at).toISOString().slice(0, 10)}`;
}
