// What a report contributed to its bugs is taken back: values at once, installations with the next purge. Counts of crashes and of
// installations stay as numbers: an installation that no stored report names any more becomes one that nobody can name.
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

const noteInstallation = query<[productId: number, installation: Uint8Array]>(`
  INSERT OR IGNORE INTO stale_installations (product_id, installation, nobody) VALUES (?, ?, randomblob(8))`);
/** The bug itself, and every one that its reports left, whatever was merged meanwhile: any of them may have the words. */
const noteStale = query<[bugId: number]>(`
  WITH RECURSIVE affected (id) AS (
    SELECT ?
    UNION SELECT from_bug FROM words_left JOIN affected ON to_bug = affected.id
    UNION SELECT bugs.id FROM bugs JOIN affected ON duplicate_of = affected.id
  )
  INSERT OR IGNORE INTO stale_bugs (bug_id) SELECT id FROM affected`);

/** An installation of a product is to be one that nobody can name, though no deleted report named it. */
export function noteUnnamed(connection: Connection, productId: number, installation: Uint8Array): void {
  noteInstallation(connection).run(productId, installation);
}

/** Takes back what a report contributed. `all` false: of its values the protected ones alone; installations stay. */
export function takeBackFiled(
  connection: Connection,
  reportId: number,
  { all }: { readonly all: boolean },
): void {
  for (const row of contributions(connection).all(reportId)) {
    takeBackValues(connection, row, all);
    if (!all) continue;
    if (row.installation !== null) noteInstallation(connection).run(row.productId, row.installation);
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

/** Those that a stored report names stay what they are. */
const stillNamed = query<[]>(`
  DELETE FROM stale_installations WHERE (product_id, installation) IN (
    SELECT bugs.product_id, report_crashes.installation FROM report_crashes
    JOIN cases ON cases.id = report_crashes.case_id JOIN bugs ON bugs.id = cases.bug_id
    WHERE report_crashes.installation IN (SELECT installation FROM stale_installations))`);
const forgetStale = query<[]>(`DELETE FROM stale_installations`);
/** The same everywhere, so that sums by case still agree with those by bug. */
const UNNAME = [
  `UPDATE OR IGNORE product_installations SET installation = nobody FROM stale_installations AS stale
   WHERE stale.product_id = product_installations.product_id AND stale.installation = product_installations.installation`,
  `UPDATE OR IGNORE bug_installations SET installation = nobody FROM stale_installations AS stale, bugs
   WHERE bugs.id = bug_installations.bug_id AND stale.product_id = bugs.product_id
     AND stale.installation = bug_installations.installation`,
  `UPDATE OR IGNORE case_installations SET installation = nobody FROM stale_installations AS stale, cases, bugs
   WHERE cases.id = case_installations.case_id AND bugs.id = cases.bug_id AND stale.product_id = bugs.product_id
     AND stale.installation = case_installations.installation`,
].map((sql) => query<[]>(sql));
const anyStale = query<[], number>(`SELECT 1 FROM stale_installations LIMIT 1`);

/** Installations that only deleted reports named become ones that nobody can name: all of these tables are looked through once. */
export function unnameInstallations(connection: Connection): void {
  if (anyStale(connection).get() === undefined) return;
  stillNamed(connection).run();
  for (const step of UNNAME) step(connection).run();
  forgetStale(connection).run();
}
