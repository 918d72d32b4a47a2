// Writes the ledger's bugs, keys, cases, values, labels and history.
import type { Changes, RowChange } from '../../filing/changes.ts';
import type { BugRecord, CaseRecord, LabelRecord, ValueRecord } from '../../filing/rows.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

const insertBug = query<unknown[]>(`
  INSERT INTO bugs (
    id, product_id, key, source, title, title_steps, kind, language, message, path, search, severity, roles, state, count,
    installations, value_rows, first_seen_at, last_seen_at, first_version, last_version, created_at, reopened_at, closed_at,
    closed_in_version, ignored_until, ignored_until_count, assignee, ticket, duplicate_of, merged_by, merged_at, made_for,
    newest_report_id
  ) VALUES (
    ?, ?, ?, ?, ?, ?, ?, ?, sealed(?, 'bugs.message'), sealed(?, 'bugs.path'), sealed(?, 'bugs.search'), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);

/** What changes with every crash. */
const updateSums = query<unknown[]>(`
  UPDATE bugs SET
    count = ?, severity = ?, installations = ?, value_rows = ?, first_seen_at = ?, last_seen_at = ?, first_version = ?,
    last_version = ?, newest_report_id = ?
  WHERE id = ?`);

/** What people, better signatures and reprocessing change. */
const updateDecided = query<unknown[]>(`
  UPDATE bugs SET
    key = ?, title = ?, title_steps = ?, kind = ?, language = ?, message = sealed(?, 'bugs.message'), path = sealed(?, 'bugs.path'),
    search = sealed(?, 'bugs.search'), roles = ?, state = ?, reopened_at = ?,
    closed_at = ?, closed_in_version = ?, ignored_until = ?, ignored_until_count = ?, assignee = ?, ticket = ?,
    duplicate_of = ?, merged_by = ?, merged_at = ?, made_for = ?
  WHERE id = ?`);

function decided(bug: BugRecord): readonly unknown[] {
  return [
    bug.key,
    bug.title,
    bug.titleSteps,
    bug.kind,
    bug.language,
    bug.message,
    bug.path,
    searchText(bug),
    bug.roles,
    bug.state,
    bug.reopenedAt,
    bug.closedAt,
    bug.closedInVersion,
    bug.ignoredUntil,
    bug.ignoredUntilCount,
    bug.assignee,
    bug.ticket,
    bug.duplicateOf,
    bug.mergedBy,
    bug.mergedAt,
    bug.madeFor,
  ];
}

function sums(bug: BugRecord): readonly unknown[] {
  return [
    bug.count,
    bug.severity,
    bug.installations,
    bug.valueRows,
    bug.firstSeenAt,
    bug.lastSeenAt,
    bug.firstVersion,
    bug.lastVersion,
    bug.newestReportId,
  ];
}

function writeBug(connection: Connection, { row: bug, before }: RowChange<BugRecord>): void {
  if (before === null) {
    insertBug(connection).run(
      ...[bug.id, bug.productId, bug.key, bug.source, bug.title, bug.titleSteps, bug.kind, bug.language],
      ...[bug.message, bug.path, searchText(bug), bug.severity, bug.roles, bug.state, bug.count],
      ...[bug.installations, bug.valueRows, bug.firstSeenAt, bug.lastSeenAt, bug.firstVersion],
      ...[bug.lastVersion, bug.createdAt, bug.reopenedAt, bug.closedAt, bug.closedInVersion],
      ...[bug.ignoredUntil, bug.ignoredUntilCount, bug.assignee, bug.ticket, bug.duplicateOf],
      ...[bug.mergedBy, bug.mergedAt, bug.madeFor, bug.newestReportId],
    );
    return;
  }
  // Each statement touches indexes of its own: most crashes change sums only.
  const [newSums, newDecided] = [sums(bug), decided(bug)];
  if (differ(newSums, sums(before))) updateSums(connection).run(...newSums, bug.id);
  if (differ(newDecided, decided(before))) updateDecided(connection).run(...newDecided, bug.id);
}

function differ(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.some((value, index) => value !== b[index]);
}

/** What the search of the list looks into. */
function searchText({ title, message }: Pick<BugRecord, 'title' | 'message'>): string {
  return `${title}\n${message.slice(0, 400)}`.toLowerCase();
}

const insertKey = query<[productId: number, key: string, caseKey: string, bugId: number, firstBug: number]>(`
  INSERT INTO bug_keys (product_id, key, case_key, bug_id, first_bug) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET bug_id = excluded.bug_id`);

const insertCase = query<unknown[]>(`
  INSERT INTO cases (
    id, bug_id, case_key, severity, context, count, first_seen_at, last_seen_at, first_version, last_version
  ) VALUES (?, ?, ?, ?, sealed(?, 'cases.context'), ?, ?, ?, ?, ?)`);
const updateCase = query<unknown[]>(`
  UPDATE cases SET
    severity = ?, count = ?, first_seen_at = ?, last_seen_at = ?, first_version = ?, last_version = ?
  WHERE id = ?`);
const deleteCase = query<[id: number]>(`DELETE FROM cases WHERE id = ?`);

function writeCase(connection: Connection, { row, before }: RowChange<CaseRecord>): void {
  const { id, severity, count, firstSeenAt, lastSeenAt, firstVersion, lastVersion } = row;
  const sums = [count, firstSeenAt, lastSeenAt, firstVersion, lastVersion];
  if (before !== null) updateCase(connection).run(severity, ...sums, id);
  else insertCase(connection).run(id, row.bugId, row.caseKey, severity, row.context, ...sums);
}

const insertValue = query<unknown[]>(`
  INSERT INTO case_values (id, case_id, section, key, rest, value, protected, count)
  VALUES (?, ?, ?, ?, ?, sealed(?, 'case_values.value'), ?, ?)`);
const updateValue = query<[count: number, id: number]>(`UPDATE case_values SET count = ? WHERE id = ?`);
const deleteValue = query<[id: number]>(`DELETE FROM case_values WHERE id = ?`);

function writeValue(connection: Connection, { row, before }: RowChange<ValueRecord>): void {
  const { id, caseId, section, key, rest, value, count } = row;
  if (before !== null) updateValue(connection).run(count, id);
  else {
    insertValue(connection).run(
      ...[id, caseId, section, key, rest ? 1 : 0, value, row.protected ? 1 : 0, count],
    );
  }
}

const insertLabel = query<unknown[]>(`
  INSERT INTO labels (id, product_id, what, name, first_seen_at) VALUES (?, ?, ?, ?, ?)`);
const updateLabel = query<[at: number, id: number]>(`UPDATE labels SET first_seen_at = ? WHERE id = ?`);

function writeLabel(connection: Connection, { row, before }: RowChange<LabelRecord>): void {
  const { id, productId, what, name, firstSeenAt } = row;
  if (before !== null) updateLabel(connection).run(firstSeenAt, id);
  else insertLabel(connection).run(id, productId, what, name, firstSeenAt);
}

const insertEvent = query<[bugId: number, at: number, by: string | null, what: string, detail: string]>(
  `INSERT INTO bug_events (bug_id, at, by, what, detail) VALUES (?, ?, ?, ?, sealed(?, 'bug_events.detail'))`,
);
const insertCaller = query<[productId: number, key: string, caller: string, count: number]>(`
  INSERT INTO key_callers (product_id, key, caller, count) VALUES (?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET count = excluded.count`);
const insertPackage = query<[productId: number, name: string, count: number, learnedAt: number | null]>(`
  INSERT INTO product_packages (product_id, package, count, learned_at) VALUES (?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET count = excluded.count, learned_at = excluded.learned_at`);
const insertDeparture = query<[from: number, to: number]>(`
  INSERT INTO departures (from_bug, to_bug) VALUES (?, ?) ON CONFLICT DO NOTHING`);

/** Writes everything about bugs but their sums by place. */
export function writeBugs(connection: Connection, changes: Changes): void {
  for (const id of changes.removedCases) deleteCase(connection).run(id);
  for (const id of changes.removedValues) deleteValue(connection).run(id);
  for (const change of changes.bugs) writeBug(connection, change);
  for (const { productId, key, caseKey, bugId } of changes.keys) {
    insertKey(connection).run(productId, key, caseKey, bugId, bugId);
  }
  for (const change of changes.cases) writeCase(connection, change);
  for (const change of changes.values) writeValue(connection, change);
  for (const change of changes.labels) writeLabel(connection, change);
  for (const { bugId, at, by, what, detail } of changes.events) {
    insertEvent(connection).run(bugId, at, by, what, detail);
  }
  for (const { productId, key, caller, count } of changes.callers) {
    insertCaller(connection).run(productId, key, caller, count);
  }
  for (const { productId, name, count, learnedAt } of changes.packages) {
    insertPackage(connection).run(productId, name, count, learnedAt);
  }
  for (const { from, to } of changes.departures) insertDeparture(connection).run(from, to);
}
