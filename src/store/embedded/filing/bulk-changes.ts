// Set-based changes of bugs: what moves with a merge or split, sums from cases, what goes with a report or a bug.
import { factsOfText, factsToText } from '../../../search/facts.ts';
import { thinRow } from '../../../search/thin-facts.ts';
import type { LabelKind } from '../../filing/rows.ts';
import { query } from '../database/query.ts';
import { concealWords } from './conceal-words.ts';
import { takeBackFiled } from './erase-filed.ts';
import type { BulkWrites } from './finders.ts';

type Ids = [into: number, from: number];
type Case = [into: number, from: number, caseKey: string];

const noteMerge = query<[{ from: number; into: number; seen: string; events: number }]>(`
  INSERT OR REPLACE INTO merges (
    from_bug, into_bug, cases, last_case, keys, events, duplicates, from_count, into_count, seen)
  SELECT
    @from, @into,
    (SELECT json_group_array(id) FROM cases WHERE bug_id = @from),
    (SELECT ifnull(max(id), 0) FROM cases),
    (SELECT json_group_array(json_array(key, case_key)) FROM bug_keys WHERE bug_id = @from),
    (SELECT json_group_array(id) FROM (SELECT id FROM bug_events WHERE bug_id = @from ORDER BY id DESC LIMIT @events)),
    (SELECT json_group_array(id) FROM bugs WHERE duplicate_of = @from),
    (SELECT count FROM bugs WHERE id = @from),
    (SELECT count FROM bugs WHERE id = @into),
    sealed(@seen, 'merges.seen')`);
const UNDO_MERGE = [
  `UPDATE cases SET bug_id = @from
   WHERE bug_id = @into AND id IN (SELECT value FROM merges, json_each(merges.cases) WHERE from_bug = @from)`,
  `UPDATE cases SET bug_id = @from
   WHERE bug_id = @into AND id > (SELECT last_case FROM merges WHERE from_bug = @from)
     AND EXISTS (SELECT 1 FROM report_crashes WHERE case_id = cases.id)
     AND NOT EXISTS (
       SELECT 1 FROM report_crashes WHERE case_id = cases.id AND key NOT IN (
         SELECT json_extract(value, '$[0]') FROM merges, json_each(merges.keys) WHERE from_bug = @from))`,
  `UPDATE bug_keys SET bug_id = @from
   WHERE bug_id = @into AND (key, case_key) IN (
     SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]')
     FROM merges, json_each(merges.keys) WHERE from_bug = @from)`,
  `UPDATE bug_events SET bug_id = @from
   WHERE bug_id = @into AND id IN (SELECT value FROM merges, json_each(merges.events) WHERE from_bug = @from)`,
  `UPDATE bugs SET duplicate_of = @from
   WHERE duplicate_of = @into AND id IN (
     SELECT value FROM merges, json_each(merges.duplicates) WHERE from_bug = @from)`,
  `DELETE FROM merges WHERE from_bug = @from`,
].map((sql) => query<[{ from: number; into?: number }]>(sql));
/** Lines of history that a merge can give back; older ones stay with the bug that they went to. */
const MAX_EVENTS = 2000;
const takeCases = query<Ids>(`UPDATE cases SET bug_id = ? WHERE bug_id = ?`);
const takeCase = query<Case>(`UPDATE cases SET bug_id = ? WHERE bug_id = ? AND case_key = ?`);
const takeEvents = query<Ids>(`UPDATE bug_events SET bug_id = ? WHERE bug_id = ?`);
const takeKeys = query<Ids>(`UPDATE bug_keys SET bug_id = ? WHERE bug_id = ?`);
const takeKeysOfCase = query<Case>(`UPDATE bug_keys SET bug_id = ? WHERE bug_id = ? AND case_key = ?`);
const takeDuplicates = query<Ids>(`UPDATE bugs SET duplicate_of = ? WHERE duplicate_of = ?`);
const takeMadeFor = query<Ids>(`UPDATE bugs SET made_for = ? WHERE made_for = ?`);
const takeArrivals = query<Ids>(`UPDATE OR IGNORE departures SET to_bug = ? WHERE to_bug = ?`);
const takeDepartures = query<Ids>(`UPDATE OR IGNORE departures SET from_bug = ? WHERE from_bug = ?`);
const noteWordsLeft = query<[from: number, to: number]>(`
  INSERT OR IGNORE INTO words_left (from_bug, to_bug) VALUES (?, ?)`);
const clearDepartures = query<[{ id: number }]>(`
  DELETE FROM departures WHERE from_bug = @id OR to_bug = @id OR from_bug = to_bug`);
const takePendingNotices = query<Ids>(`UPDATE OR REPLACE untold SET bug_id = ? WHERE bug_id = ?`);

const RECOUNT = [
  query<[{ id: number }]>(`DELETE FROM bug_series WHERE bug_id = @id`),
  query<[{ id: number }]>(`
    INSERT INTO bug_series (bug_id, day, version_id, platform_id, count)
    SELECT @id, day, version_id, platform_id, sum(case_series.count)
    FROM cases JOIN case_series ON case_series.case_id = cases.id
    WHERE cases.bug_id = @id GROUP BY day, version_id, platform_id`),
  query<[{ id: number }]>(`DELETE FROM bug_days WHERE bug_id = @id`),
  query<[{ id: number }]>(`
    INSERT INTO bug_days (bug_id, day, count)
    SELECT @id, day, sum(count) FROM bug_series WHERE bug_id = @id GROUP BY day`),
  query<[{ id: number }]>(`DELETE FROM bug_installations WHERE bug_id = @id`),
  query<[{ id: number }]>(`
    INSERT INTO bug_installations (bug_id, installation, count)
    SELECT @id, installation, sum(case_installations.count)
    FROM cases JOIN case_installations ON case_installations.case_id = cases.id
    WHERE cases.bug_id = @id GROUP BY installation`),
  query<[{ id: number }]>(`
    UPDATE bugs SET
      count = (SELECT ifnull(sum(count), 0) FROM cases WHERE bug_id = @id),
      installations = (SELECT count(*) FROM bug_installations WHERE bug_id = @id),
      value_rows = (
        SELECT count(*) FROM cases JOIN case_values ON case_values.case_id = cases.id WHERE cases.bug_id = @id)
    WHERE id = @id`),
];

const updateSpan = query<[{ id: number }]>(`
  UPDATE bugs SET
    first_seen_at = (SELECT min(first_seen_at) FROM cases WHERE bug_id = @id),
    last_seen_at = (SELECT max(last_seen_at) FROM cases WHERE bug_id = @id),
    first_version = (SELECT first_version FROM cases WHERE bug_id = @id ORDER BY first_seen_at LIMIT 1),
    last_version = (SELECT last_version FROM cases WHERE bug_id = @id ORDER BY last_seen_at DESC LIMIT 1)
  WHERE id = @id AND EXISTS (SELECT 1 FROM cases WHERE bug_id = @id)`);
const updateNewest = query<[{ id: number }]>(`
  UPDATE bugs SET newest_report_id = (
    SELECT max((SELECT max(report_id) FROM report_crashes WHERE case_id = cases.id))
    FROM cases WHERE bug_id = @id)
  WHERE id = @id`);

type Labels = [{ productId: number; ids: string; into: number }];

/** Those that count fall into one place first where two of them meet; then what is left of the old ones goes. */
const MOVE_LABELS: Record<LabelKind, readonly ReturnType<typeof query<Labels>>[]> = {
  version: labelMoves('version_id', 'platform_id'),
  platform: labelMoves('platform_id', 'version_id'),
};

function labelMoves(column: string, other: string): readonly ReturnType<typeof query<Labels>>[] {
  const among = `${column} IN (SELECT value FROM json_each(@ids))`;
  const cases = `case_id IN (
    SELECT cases.id FROM cases WHERE bug_id IN (SELECT bug_id FROM bug_series WHERE ${among}))`;
  const moved = (table: string, owner: string, where: string): readonly string[] => [
    `INSERT INTO ${table} (${owner}, day, ${column}, ${other}, count)
     SELECT ${owner}, day, @into, ${other}, sum(count) FROM ${table}
     WHERE ${where} AND ${among} GROUP BY ${owner}, day, ${other}
     ON CONFLICT DO UPDATE SET count = count + excluded.count`,
    `DELETE FROM ${table} WHERE ${where} AND ${among}`,
  ];
  return [
    // Before the series: they say which cases are meant.
    `UPDATE report_crashes SET ${column} = @into WHERE ${among} AND case_id IN (
       SELECT case_id FROM case_series WHERE ${cases} AND ${among})`,
    ...moved('case_series', 'case_id', cases),
    ...moved('bug_series', 'bug_id', 'true'),
    ...moved('product_series', 'product_id', 'product_id = @productId'),
    `DELETE FROM labels WHERE product_id = @productId AND id IN (SELECT value FROM json_each(@ids))`,
  ].map((sql) => query<Labels>(sql));
}

/** Rows of a report that a segment holds, noted in a table. The report itself may be gone already: the product is that of the bug. */
function noteSealed(table: 'facts_dead' | 'facts_thin'): ReturnType<typeof query<[reportId: number]>> {
  return query<[reportId: number]>(`
    INSERT OR IGNORE INTO ${table} (product_id, seq)
    SELECT segments.product_id, report_crashes.seq
    FROM report_crashes
    JOIN cases ON cases.id = report_crashes.case_id
    JOIN bugs ON bugs.id = cases.bug_id
    JOIN segments ON segments.product_id = bugs.product_id
      AND report_crashes.seq BETWEEN segments.first_seq AND segments.last_seq
    WHERE report_crashes.report_id = ?`);
}

const ROWS_OF_REPORT = ['report_crashes', 'processed_reports'].map((table) =>
  query<[reportId: number]>(`DELETE FROM ${table} WHERE report_id = ?`),
);
const OF_REPORT = [
  noteSealed('facts_dead'),
  query<[reportId: number]>(`
    DELETE FROM facts_tail WHERE seq IN (SELECT seq FROM report_crashes WHERE report_id = ?)`),
  ...ROWS_OF_REPORT,
];

const noteThin = noteSealed('facts_thin');
const tailOfReport = query<[reportId: number], { productId: number; seq: number; facts: string }>(`
  SELECT product_id AS productId, seq, opened(facts, 'facts_tail.facts') AS facts FROM facts_tail
  WHERE seq IN (SELECT seq FROM report_crashes WHERE report_id = ?)`);
const writeTail = query<[facts: string, seq: number]>(
  `UPDATE facts_tail SET facts = sealed(?, 'facts_tail.facts') WHERE seq = ?`,
);
/** Readers may have the row as it was, in a block of their own or in a segment that they are making. */
const noteThinTail = query<[productId: number, seq: number]>(`
  INSERT OR IGNORE INTO facts_thin (product_id, seq) VALUES (?, ?)`);

const OF_BUG = [
  query<[id: number]>(`DELETE FROM deliveries WHERE bug_id = ? AND ended_at IS NULL`),
  ...['case_series', 'case_installations', 'case_values'].map((table) =>
    query<[id: number]>(`DELETE FROM ${table} WHERE case_id IN (SELECT id FROM cases WHERE bug_id = ?)`),
  ),
  ...['cases', 'bug_series', 'bug_days', 'bug_installations', 'bug_keys', 'bug_events', 'untold'].map(
    (table) => query<[id: number]>(`DELETE FROM ${table} WHERE bug_id = ?`),
  ),
  query<[id: number]>(`
    DELETE FROM bug_events WHERE bug_id IN (SELECT id FROM bugs WHERE duplicate_of = ?)`),
  query<[id: number]>(`DELETE FROM bugs WHERE duplicate_of = ?`),
  query<[id: number]>(`DELETE FROM departures WHERE from_bug = ?`),
  query<[id: number]>(`DELETE FROM departures WHERE to_bug = ?`),
  query<[id: number]>(`UPDATE bugs SET made_for = NULL WHERE made_for = ?`),
  query<[id: number]>(`DELETE FROM bugs WHERE id = ?`),
];

export const BULK_WRITES: BulkWrites = {
  noteMerge: (connection, from, into, seen) =>
    void noteMerge(connection).run({ from, into, seen, events: MAX_EVENTS }),
  undoMerge(connection, from, into) {
    for (const step of UNDO_MERGE) step(connection).run({ from, into });
  },
  moveCases: (connection, from, into) => void takeCases(connection).run(into, from),
  moveCase: (connection, from, into, caseKey) => void takeCase(connection).run(into, from, caseKey),
  moveEvents: (connection, from, into) => void takeEvents(connection).run(into, from),
  moveKeys: (connection, from, into) => void takeKeys(connection).run(into, from),
  moveKeysOfCase: (connection, from, into, caseKey) =>
    void takeKeysOfCase(connection).run(into, from, caseKey),
  moveDuplicates: (connection, from, into) => void takeDuplicates(connection).run(into, from),
  moveMadeFor: (connection, from, into) => void takeMadeFor(connection).run(into, from),
  moveDepartures(connection, from, into) {
    takeArrivals(connection).run(into, from);
    takeDepartures(connection).run(into, from);
    clearDepartures(connection).run({ id: from });
  },
  movePendingNotices: (connection, from, into) => void takePendingNotices(connection).run(into, from),
  recount(connection, id) {
    for (const step of RECOUNT) step(connection).run({ id });
  },
  refreshSpan: (connection, id) => void updateSpan(connection).run({ id }),
  refreshNewest: (connection, id) => void updateNewest(connection).run({ id }),
  moveLabels(connection, productId, what, ids, into) {
    for (const step of MOVE_LABELS[what]) step(connection).run({ productId, ids: JSON.stringify(ids), into });
  },
  noteWordsLeft: (connection, from, to) => void noteWordsLeft(connection).run(from, to),
  removeFiled(connection, reportId) {
    takeBackFiled(connection, reportId, { all: true });
    for (const step of OF_REPORT) step(connection).run(reportId);
  },
  thinFiled(connection, reportId) {
    takeBackFiled(connection, reportId, { all: false });
    noteThin(connection).run(reportId);
    for (const { productId, seq, facts } of tailOfReport(connection).all(reportId)) {
      writeTail(connection).run(factsToText(thinRow(factsOfText(facts))), seq);
      noteThinTail(connection).run(productId, seq);
    }
    for (const step of ROWS_OF_REPORT) step(connection).run(reportId);
  },
  concealWords,
  removeBug(connection, id) {
    for (const step of OF_BUG) step(connection).run(id);
  },
};
