// The case of a crash inside a bug, found or made. The number of cases is bounded: beyond it they are counted together.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

const MAX_CASES = 200;

/** The key of the case that stands for all further ones. */
export const FURTHER_CASES = '';

/** What a new case says of itself. */
export interface NewCase {
  readonly caseKey: string;
  readonly severity: number;
  readonly context: string | null;
  readonly seenAt: number;
  readonly version: string | null;
}

const findCase = query<[bugId: number, caseKey: string], number>(`
  SELECT min(id) FROM cases WHERE bug_id = ? AND case_key = ?`);

const countCases = query<[bugId: number], number>(`SELECT count(*) FROM cases WHERE bug_id = ?`);

const insertCase = query<
  [
    bugId: number,
    caseKey: string,
    severity: number,
    context: string | null,
    firstSeenAt: number,
    lastSeenAt: number,
    firstVersion: string | null,
    lastVersion: string | null,
  ]
>(`
  INSERT INTO cases (
    bug_id, case_key, severity, context, count, first_seen_at, last_seen_at, first_version, last_version
  ) VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?)`);

/** The id of the case. */
export function caseOf(connection: Connection, bugId: number, wanted: NewCase): number {
  const { seenAt, version } = wanted;
  const found = findCase(connection).pluck().get(bugId, wanted.caseKey) ?? null;
  if (found !== null) return found;
  const beyond = (countCases(connection).pluck().get(bugId) ?? 0) >= MAX_CASES;
  const further = beyond ? (findCase(connection).pluck().get(bugId, FURTHER_CASES) ?? null) : null;
  if (further !== null) return further;
  const { lastInsertRowid } = insertCase(connection).run(
    bugId,
    beyond ? FURTHER_CASES : wanted.caseKey,
    wanted.severity,
    beyond ? null : wanted.context,
    seenAt,
    seenAt,
    version,
    version,
  );
  return Number(lastInsertRowid);
}
