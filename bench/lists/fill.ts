// Fills a store with a million reports and twenty thousand bugs, straight through SQL: what pages read, in the proportions of a large
// installation (few frequent bugs, many rare ones, one with two hundred cases), not what processing would have written.
import path from 'node:path';
import { openDatabase } from '../../src/store/embedded/database/open-database.ts';
import type { Connection } from '../../src/store/embedded/database/query.ts';
import type { Store } from '../../src/store/store.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const DAYS = 90;
const PRODUCTS = 5;
const VERSIONS = 20;
const CASES_OF_BUG = 5;
const CASES_OF_LARGE_BUG = 200;
const VALUES_OF_LARGE_BUG = 3000;
/** The newest reports, which searches look through, have annotations like those of a browser. */
const SEARCHED_REPORTS = 4000;
const ANNOTATIONS = 40;
const ANNOTATION_BYTES = 100;

/** How much to make. */
export interface Fill {
  readonly reports: number;
  readonly bugs: number;
  readonly now: number;
}

/** Makes the products through the store, which is open; the rest goes in beside it. */
export async function fillStore(store: Store, dir: string, fill: Fill): Promise<void> {
  for (let at = 0; at < PRODUCTS; at += 1) {
    await store.people.createProductByHand('default', `Product ${at}`);
  }
  const connection = openDatabase(path.join(dir, 'mayday.db'), {
    readonly: false,
    cacheBytes: 256 * 1024 * 1024,
    walBytes: 8 * 1024 * 1024,
  });
  try {
    connection.pragma('synchronous = OFF');
    connection.exec('BEGIN');
    fillKinds(connection, fill);
    fillBugs(connection, fill);
    fillCounts(connection, fill);
    fillReports(connection, fill);
    connection.exec('COMMIT');
  } finally {
    connection.close();
  }
}

/** Numbers from 0 to `count` - 1, as table `n` with the column `i`. */
function numbers(count: number): string {
  return `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${count - 1})`;
}

function fillKinds(connection: Connection, { reports }: Fill): void {
  const kinds = PRODUCTS * VERSIONS;
  connection.exec(`
    ${numbers(kinds)}
    INSERT INTO kinds (product_id, protocol, version, platform, processed)
    SELECT 1 + i % ${PRODUCTS}, 'crashpad', '1.' || (i / ${PRODUCTS}), 'linux', ${Math.floor(reports / kinds)} FROM n;
    ${numbers(VERSIONS)}
    INSERT INTO labels (id, product_id, what, name, first_seen_at)
    SELECT (products.id - 1) * ${VERSIONS} + i + 1, products.id, 'version', '1.' || i, 0 FROM n, products`);
}

function fillBugs(connection: Connection, { bugs, now, reports }: Fill): void {
  const from = now - DAYS * DAY_MS;
  connection.exec(`
    ${numbers(bugs)}
    INSERT INTO bugs (
      product_id, key, source, title, title_steps, kind, message, search, state, severity, roles, count, installations,
      value_rows, first_seen_at, last_seen_at, created_at, assignee)
    SELECT
      1 + i % ${PRODUCTS}, 'key ' || i, 'stack', title, '[]', 'native', message, lower(title || char(10) || message),
      CASE WHEN i % 10 < 7 THEN 'open' WHEN i % 10 < 9 THEN 'closed' ELSE 'ignored' END,
      i % 2, '[]', 1 + abs(random()) % (1 + ${2 * reports} / (i + 1)), 3, 0,
      seen, seen + abs(random()) % (${now} - seen), seen, CASE WHEN i % 50 = 0 THEN 'Ada' END
    FROM (
      SELECT
        i, 'module_' || (i % 300) || '::function_' || i || '(int, char const*)' AS title,
        'the message of bug ' || i || ', about as long as messages are' AS message,
        ${from} + abs(random()) % ${(DAYS - 1) * DAY_MS} AS seen
      FROM n);
    ${numbers(CASES_OF_BUG)}
    INSERT INTO cases (bug_id, case_key, severity, count, first_seen_at, last_seen_at)
    SELECT bugs.id, 'case ' || i, 0, 1 + bugs.count / ${CASES_OF_BUG}, first_seen_at, last_seen_at FROM bugs, n;
    ${numbers(CASES_OF_LARGE_BUG)}
    INSERT INTO cases (bug_id, case_key, severity, count, first_seen_at, last_seen_at)
    SELECT 1, 'further case ' || i, 0, 100, ${from}, ${now} FROM n`);
}

function fillCounts(connection: Connection, { now }: Fill): void {
  const today = Math.floor(now / DAY_MS);
  connection.exec(`
    ${numbers(DAYS)}
    INSERT OR IGNORE INTO bug_series (bug_id, day, version_id, platform_id, count)
    SELECT
      bugs.id, ${today} - i, (bugs.product_id - 1) * ${VERSIONS} + 1 + (i + bugs.id) % ${VERSIONS}, 0,
      1 + abs(random()) % 20
    FROM bugs, n
    WHERE abs(random()) % 3 = 0 OR bugs.id < 200;
    INSERT INTO bug_days (bug_id, day, count) SELECT bug_id, day, sum(count) FROM bug_series GROUP BY 1, 2;
    INSERT INTO product_series (product_id, day, version_id, platform_id, count)
    SELECT product_id, day, version_id, platform_id, sum(bug_series.count)
    FROM bug_series JOIN bugs ON bugs.id = bug_id GROUP BY 1, 2, 3, 4;
    ${numbers(VALUES_OF_LARGE_BUG)}
    INSERT INTO case_values (case_id, section, key, rest, value, protected, count)
    SELECT (SELECT min(id) FROM cases WHERE bug_id = 1), 'environment', 'key ' || (i / 20), 0, 'value ' || i, 0, i FROM n;
    INSERT INTO case_values (case_id, section, key, rest, value, protected, count)
    SELECT id, 'environment', 'OS', 0, 'Linux', 0, count FROM cases WHERE bug_id > 1`);
}

/** Every tenth report belongs to the large bug; others spread over all cases, some of them much more often. */
function fillReports(connection: Connection, { reports, bugs, now }: Fill): void {
  const cases = bugs * CASES_OF_BUG;
  const gap = Math.floor((DAYS * DAY_MS) / reports);
  connection.exec(`
    ${numbers(reports)}
    INSERT INTO reports (
      id, crash_id, kind_id, state, loose, schema, received_at, version, platform, payload_kind, encoding, body_bytes,
      throttle_rule, throttle_action, folder_bytes, attachment_bytes, attachment_count, note_count, notes, attachments,
      annotations)
    SELECT
      (at / 1000) * 1048576 + i % 1000, lower(hex(randomblob(12))) || i, 1 + i % ${PRODUCTS * VERSIONS}, 'processed',
      0, 1, at, '1.' || (i % ${VERSIONS}), 'linux', 'multipart', 'identity', 1000, 'accept_all', 'accept', 0, 1000, 1, 0,
      '[]', '[]', '[["ProductName","Piano"]]'
    FROM (SELECT i, ${now - DAYS * DAY_MS} + i * ${gap} AS at FROM n);
    INSERT INTO report_crashes (
      report_id, position, case_id, key, case_key, signature, count, day, version_id, platform_id, value_ids)
    SELECT
      id, 0,
      CASE
        WHEN number % 10 = 0 THEN ${cases} + 1 + abs(random()) % ${CASES_OF_LARGE_BUG}
        WHEN number % 5 = 1 THEN 1 + abs(random()) % 200
        ELSE 1 + abs(random()) % ${cases}
      END,
      'key', 'case', 'module::function(int)', 1, 20000, 1, 0, '1 2 3'
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS number FROM reports);
    UPDATE reports SET annotations = (
      SELECT json_group_array(json_array('annotation ' || value, hex(zeroblob(${ANNOTATION_BYTES / 2}))))
      FROM (${numbers(ANNOTATIONS)} SELECT i AS value FROM n))
    WHERE id IN (SELECT id FROM reports ORDER BY id DESC LIMIT ${SEARCHED_REPORTS});
    UPDATE bugs SET newest_report_id = (
      SELECT max((SELECT max(report_id) FROM report_crashes WHERE case_id = cases.id))
      FROM cases WHERE bug_id = bugs.id)`);
}
