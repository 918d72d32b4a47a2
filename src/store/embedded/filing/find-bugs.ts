// Bugs, keys, cases and values for the ledger, found by prepared statements.
import type { BugRecord, CaseRecord, MergeRecord, ValueRecord } from '../../filing/rows.ts';
import { query } from '../database/query.ts';
import type { Finders, Listers } from './finders.ts';

const selectBug = query<[id: number], BugRecord>(`
  SELECT
    id, product_id AS productId, key, source, title, title_steps AS titleSteps, kind, language,
    opened(message, 'bugs.message') AS message, opened(path, 'bugs.path') AS path, state, severity,
    roles, count, installations, value_rows AS valueRows, first_seen_at AS firstSeenAt, last_seen_at AS lastSeenAt,
    first_version AS firstVersion, last_version AS lastVersion, created_at AS createdAt, reopened_at AS reopenedAt,
    closed_at AS closedAt, closed_in_version AS closedInVersion, ignored_until AS ignoredUntil,
    ignored_until_count AS ignoredUntilCount, assignee, ticket, duplicate_of AS duplicateOf, merged_by AS mergedBy,
    merged_at AS mergedAt, made_for AS madeFor, newest_report_id AS newestReportId
  FROM bugs WHERE id = ?`);

const leadsTo = query<[productId: number, key: string, caseKey: string], number>(`
  SELECT bug_id FROM bug_keys WHERE product_id = ? AND key = ? AND case_key = ?`);

const CASE_COLUMNS = `
  id, bug_id AS bugId, case_key AS caseKey, severity, opened(context, 'cases.context') AS context, count, first_seen_at AS firstSeenAt,
  last_seen_at AS lastSeenAt, first_version AS firstVersion, last_version AS lastVersion`;
const caseById = query<[id: number], CaseRecord>(`SELECT ${CASE_COLUMNS} FROM cases WHERE id = ?`);
const caseByKey = query<[bugId: number, caseKey: string], CaseRecord>(`
  SELECT ${CASE_COLUMNS} FROM cases WHERE bug_id = ? AND case_key = ? ORDER BY id LIMIT 1`);
const countCases = query<[bugId: number], number>(`SELECT count(*) FROM cases WHERE bug_id = ?`);
const severityOfCases = query<[bugId: number, caseKey: string], number | null>(`
  SELECT max(severity) FROM cases WHERE bug_id = ? AND case_key = ?`);
const caseKeys = query<[bugId: number], string>(
  `SELECT DISTINCT case_key FROM cases WHERE bug_id = ? LIMIT 2`,
);
const anyOther = query<[bugId: number, reportId: number, position: number], number>(`
  SELECT 1 FROM cases JOIN report_crashes ON report_crashes.case_id = cases.id
  WHERE cases.bug_id = ? AND (report_crashes.report_id <> ? OR report_crashes.position <> ?) LIMIT 1`);

type StoredValue = Omit<ValueRecord, 'protected' | 'rest'> & {
  readonly protected: number;
  readonly rest: number;
};

const VALUE_COLUMNS = `id, case_id AS caseId, section, key, rest, opened(value, 'case_values.value') AS value, protected, count`;
const valueById = query<[id: number], StoredValue>(`SELECT ${VALUE_COLUMNS} FROM case_values WHERE id = ?`);
const valuesByKey = query<[caseId: number, section: string, key: string], StoredValue>(`
  SELECT ${VALUE_COLUMNS} FROM case_values WHERE case_id = ? AND section = ? AND key = ?`);

const generalKeys = query<[bugId: number], string>(`
  SELECT key FROM bug_keys WHERE bug_id = ? AND case_key = '' ORDER BY key`);
const callersOfKey = query<[productId: number, key: string], { caller: string; count: number }>(`
  SELECT caller, count FROM key_callers WHERE product_id = ? AND key = ?`);
const packagesOfProduct = query<
  [productId: number],
  { name: string; count: number; learnedAt: number | null }
>(`SELECT package AS name, count, learned_at AS learnedAt FROM product_packages WHERE product_id = ?`);
const mergeOf = query<[from: number], MergeRecord>(`
  SELECT into_bug AS "into", from_count AS fromCount, into_count AS intoCount, opened(seen, 'merges.seen') AS seen
  FROM merges WHERE from_bug = ?`);
const departuresOf = query<[from: number], number>(
  `SELECT to_bug FROM departures WHERE from_bug = ? LIMIT 2`,
);
const bugsWithNewest = query<[reportId: number], number>(`SELECT id FROM bugs WHERE newest_report_id = ?`);
const staleBugs = query<[limit: number], number>(`SELECT bug_id FROM stale_bugs LIMIT ?`);
const wordsLeftTo = query<[bugId: number], number>(`
  SELECT ifnull(bugs.duplicate_of, bugs.id) FROM words_left JOIN bugs ON bugs.id = to_bug WHERE from_bug = ? LIMIT 50`);
const duplicatesOf = query<[bugId: number], number>(`SELECT id FROM bugs WHERE duplicate_of = ?`);
const ignoringEnded = query<[now: number, limit: number], number>(`
  SELECT id FROM bugs WHERE state = 'ignored' AND ignored_until IS NOT NULL AND ignored_until <= ? LIMIT ?`);
const countReportless = query<[], number>(`
  SELECT count(*) FROM bugs WHERE newest_report_id IS NULL AND duplicate_of IS NULL`);
const forgettable = query<[limit: number], number>(`
  SELECT id FROM bugs
  WHERE newest_report_id IS NULL AND duplicate_of IS NULL
    AND NOT EXISTS (SELECT 1 FROM bug_events WHERE bug_id = bugs.id AND by IS NOT NULL)
  ORDER BY last_seen_at LIMIT ?`);

/** Single rows. */
export const findBug = {
  bug: (connection, id) => selectBug(connection).get(id),
  bugOfKey: (connection, ...key) =>
    leadsTo(connection)
      .pluck()
      .get(...key),
  merge: (connection, from) => mergeOf(connection).get(from),
  case: (connection, id) => caseById(connection).get(id),
  caseOfKey: (connection, ...key) => caseByKey(connection).get(...key),
  caseCount: (connection, bugId) => countCases(connection).pluck().get(bugId),
  severityOfCases: (connection, ...key) =>
    severityOfCases(connection)
      .pluck()
      .get(...key) ?? undefined,
  otherCrash: (connection, ...crash) => (anyOther(connection).get(...crash) === undefined ? undefined : true),
  value: (connection, id) => {
    const row = valueById(connection).get(id);
    return row === undefined ? undefined : valueOf(row);
  },
  reportlessBugCount: (connection) => countReportless(connection).pluck().get(),
} satisfies Partial<Finders>;

/** Rows of one owner. */
export const listBugRows = {
  valuesOfKey: (connection, ...key) =>
    valuesByKey(connection)
      .all(...key)
      .map(valueOf),
  callersOfKey: (connection, ...key) => callersOfKey(connection).all(...key),
  packagesOfProduct: (connection, id) => packagesOfProduct(connection).all(id),
  generalKeys: (connection, bugId) => generalKeys(connection).pluck().all(bugId),
  caseKeys: (connection, bugId) => caseKeys(connection).pluck().all(bugId),
  departuresOf: (connection, bugId) => departuresOf(connection).pluck().all(bugId),
  bugsWithNewest: (connection, reportId) => bugsWithNewest(connection).pluck().all(reportId),
  staleBugs: (connection, limit) => staleBugs(connection).pluck().all(limit),
  wordsLeftTo: (connection, bugId) => wordsLeftTo(connection).pluck().all(bugId),
  duplicatesOf: (connection, bugId) => duplicatesOf(connection).pluck().all(bugId),
  ignoringEnded: (connection, ...until) =>
    ignoringEnded(connection)
      .pluck()
      .all(...until),
  forgettableBugs: (connection, limit) => forgettable(connection).pluck().all(limit),
} satisfies Partial<Listers>;

function valueOf(row: StoredValue): ValueRecord {
  return { ...row, rest: row.rest === 1, protected: row.protected === 1 };
}
