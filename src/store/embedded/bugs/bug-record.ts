// A bug's row as the writer thread sees it: read before every change, written field by field.
import type { Grouping } from '../../../report/processed-report.ts';
import type { BugState } from '../../bugs.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

/** What decisions about a bug need. */
export interface BugRecord {
  readonly id: number;
  readonly productId: number;
  readonly key: string;
  readonly source: Grouping['source'];
  readonly title: string;
  readonly titleSteps: string;
  readonly kind: string;
  readonly language: string | null;
  readonly message: string;
  readonly path: string | null;
  readonly state: BugState;
  readonly severity: number;
  readonly roles: string;
  readonly count: number;
  readonly installations: number;
  readonly valueRows: number;
  readonly createdAt: number;
  readonly closedAt: number | null;
  readonly closedInVersion: string | null;
  readonly ignoredUntil: number | null;
  readonly ignoredUntilCount: number | null;
  readonly assignee: string | null;
  readonly ticket: string | null;
  readonly duplicateOf: number | null;
  readonly madeFor: number | null;
  readonly newestReportId: number | null;
}

const selectBug = query<[id: number], BugRecord>(`
  SELECT
    id, product_id AS productId, key, source, title, title_steps AS titleSteps, kind, language, message, path, state, severity,
    roles, count, installations, value_rows AS valueRows, created_at AS createdAt, closed_at AS closedAt,
    closed_in_version AS closedInVersion, ignored_until AS ignoredUntil, ignored_until_count AS ignoredUntilCount,
    assignee, ticket, duplicate_of AS duplicateOf, made_for AS madeFor, newest_report_id AS newestReportId
  FROM bugs WHERE id = ?`);

/** The row, or null. */
export function bugRecord(connection: Connection, id: number): BugRecord | null {
  return selectBug(connection).get(id) ?? null;
}

/** The row of a bug that something else refers to. Throws where it is missing: the transaction is rolled back. */
export function requireBug(connection: Connection, id: number): BugRecord {
  const bug = bugRecord(connection, id);
  if (bug === null) throw new Error(`bug ${id} is missing`);
  return bug;
}

/** The row of a bug, or of the one that it was merged into. */
export function survivingBug(connection: Connection, id: number): BugRecord | null {
  const bug = bugRecord(connection, id);
  return bug === null || bug.duplicateOf === null ? bug : bugRecord(connection, bug.duplicateOf);
}

const updateTitle = query<[title: string, steps: string, search: string, id: number]>(`
  UPDATE bugs SET title = ?, title_steps = ?, search = ? WHERE id = ?`);

/** Gives a bug another title. */
export function setTitle(
  connection: Connection,
  bug: Pick<BugRecord, 'id' | 'message'>,
  { title, titleSteps }: Pick<BugRecord, 'title' | 'titleSteps'>,
): void {
  updateTitle(connection).run(title, titleSteps, searchText(title, bug.message), bug.id);
}

/** What the search of the list looks into. */
export function searchText(title: string, message: string): string {
  return `${title}\n${message.slice(0, 400)}`.toLowerCase();
}
