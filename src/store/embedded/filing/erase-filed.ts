// What a report contributed to its bugs is taken back: values, installations. Counts of crashes and of installations stay as numbers: an
// installation that no report names any more becomes one that nobody can name.
import { randomBytes } from 'node:crypto';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

interface Contribution {
  readonly caseId: number;
  readonly bugId: number;
  readonly productId: number;
  readonly count: number;
  readonly installation: Uint8Array | null;
  readonly valueIds: string;
}

const contributions = query<[reportId: number], Contribution>(`
  SELECT report_crashes.case_id AS caseId, cases.bug_id AS bugId, bugs.product_id AS productId, report_crashes.count,
    report_crashes.installation, report_crashes.value_ids AS valueIds
  FROM report_crashes JOIN cases ON cases.id = report_crashes.case_id JOIN bugs ON bugs.id = cases.bug_id
  WHERE report_crashes.report_id = ?`);

const countLess = query<[{ id: number; count: number; all: number }]>(`
  UPDATE case_values SET count = count - @count
  WHERE id = @id AND count > @count AND (@all OR protected = 1)`);
const dropValue = query<[{ id: number; count: number; all: number }]>(`
  DELETE FROM case_values WHERE id = @id AND count <= @count AND (@all OR protected = 1)`);
const fewerValues = query<[rows: number, bugId: number]>(`
  UPDATE bugs SET value_rows = value_rows - ? WHERE id = ?`);

const PLACES = [
  { table: 'case_installations', owner: 'case_id', of: 'caseId' },
  { table: 'bug_installations', owner: 'bug_id', of: 'bugId' },
  { table: 'product_installations', owner: 'product_id', of: 'productId' },
] as const;
const INSTALLATIONS = PLACES.map(({ table, owner, of }) => ({
  of,
  namedLess: query<[owner: number, installation: Uint8Array]>(`
    UPDATE ${table} SET count = count - 1 WHERE ${owner} = ? AND installation = ? AND count > 1`),
  unname: query<[nobody: Uint8Array, owner: number, installation: Uint8Array]>(`
    UPDATE OR IGNORE ${table} SET installation = ? WHERE ${owner} = ? AND installation = ?`),
}));

const noteStale = query<[bugId: number]>(`INSERT OR IGNORE INTO stale_bugs (bug_id) VALUES (?)`);

/** Takes back what a report contributed. `all` false: of its values the protected ones alone; installations stay. */
export function takeBackFiled(
  connection: Connection,
  reportId: number,
  { all }: { readonly all: boolean },
): void {
  for (const row of contributions(connection).all(reportId)) {
    takeBackValues(connection, row, all);
    if (!all) continue;
    if (row.installation !== null) unnameInstallation(connection, row, row.installation);
    noteStale(connection).run(row.bugId);
  }
}

function takeBackValues(
  connection: Connection,
  { bugId, count, valueIds }: Contribution,
  all: boolean,
): void {
  let rows = 0;
  for (const text of valueIds === '' ? [] : valueIds.split(' ')) {
    const value = { id: Number(text), count, all: all ? 1 : 0 };
    rows += dropValue(connection).run(value).changes;
    countLess(connection).run(value);
  }
  if (rows > 0) fewerValues(connection).run(rows, bugId);
}

/** The same random bytes everywhere: sums by case still agree with those by bug. */
function unnameInstallation(connection: Connection, row: Contribution, installation: Uint8Array): void {
  const nobody = randomBytes(8);
  for (const { of, namedLess, unname } of INSTALLATIONS) {
    if (namedLess(connection).run(row[of], installation).changes > 0) continue;
    unname(connection).run(nobody, row[of], installation);
  }
}
