// Every count that the store keeps beside what it counts, counted again. What differs is damage, of whatever origin.
import { prepared } from '../database/prepared.ts';
import type { Connection } from '../database/query.ts';

/** Each gives one row for every count that differs from what it counts. */
const STORE_COUNTS: Readonly<Record<string, string>> = {
  'reports of a kind by state': `
    SELECT kinds.id, kinds.queued, kinds.deferred, kinds.processed, kinds.failed FROM kinds
    WHERE queued <> (SELECT count(*) FROM reports WHERE kind_id = kinds.id AND state = 'queued')
      OR deferred <> (SELECT count(*) FROM reports WHERE kind_id = kinds.id AND state = 'deferred')
      OR processed <> (SELECT count(*) FROM reports WHERE kind_id = kinds.id AND state = 'processed')
      OR failed <> (SELECT count(*) FROM reports WHERE kind_id = kinds.id AND state = 'failed')`,
  'reports without their kind': `SELECT id FROM reports WHERE kind_id NOT IN (SELECT id FROM kinds)`,
  'bytes of report folders': `
    SELECT report_folder_bytes, (SELECT ifnull(sum(folder_bytes), 0) FROM reports) AS recount FROM totals
    WHERE report_folder_bytes <> (SELECT ifnull(sum(folder_bytes), 0) FROM reports)`,
  'bytes of blob files': `
    SELECT blob_file_bytes FROM totals
    WHERE blob_file_bytes <> (SELECT ifnull(sum(file_bytes), 0) FROM blobs WHERE file IS NOT NULL)`,
  'crashes of a bug, by its cases': `
    SELECT bugs.id, bugs.count FROM bugs
    WHERE bugs.count <> (SELECT ifnull(sum(count), 0) FROM cases WHERE cases.bug_id = bugs.id)`,
  'crashes of a bug, by its series': `
    SELECT bugs.id, bugs.count FROM bugs
    WHERE bugs.count <> (SELECT ifnull(sum(count), 0) FROM bug_series WHERE bug_series.bug_id = bugs.id)`,
  'crashes of a bug, by its days': `
    SELECT bugs.id, bugs.count FROM bugs
    WHERE bugs.count <> (SELECT ifnull(sum(count), 0) FROM bug_days WHERE bug_days.bug_id = bugs.id)`,
  'crashes of a case, by its series': `
    SELECT cases.id, cases.count FROM cases
    WHERE cases.count <> (SELECT ifnull(sum(count), 0) FROM case_series WHERE case_series.case_id = cases.id)`,
  'crashes of a product': `
    SELECT products.id FROM products
    WHERE (SELECT ifnull(sum(count), 0) FROM product_series WHERE product_id = products.id)
      <> (SELECT ifnull(sum(count), 0) FROM bugs WHERE product_id = products.id)`,
  'crashes counted under a version or platform that is gone': `
    SELECT case_id FROM case_series
    WHERE version_id NOT IN (SELECT 0 UNION SELECT id FROM labels) OR platform_id NOT IN (SELECT 0 UNION SELECT id FROM labels)
    UNION SELECT report_id FROM report_crashes
    WHERE version_id NOT IN (SELECT 0 UNION SELECT id FROM labels) OR platform_id NOT IN (SELECT 0 UNION SELECT id FROM labels)`,
  'installations of a bug': `
    SELECT bugs.id, bugs.installations FROM bugs
    WHERE bugs.installations <> (SELECT count(*) FROM bug_installations WHERE bug_id = bugs.id)`,
  'installations of a product': `
    SELECT products.id FROM products
    WHERE installations <> (SELECT count(*) FROM product_installations WHERE product_id = products.id)`,
  'reports that lack symbols': `
    SELECT missing_symbols.id FROM missing_symbols
    WHERE reports <> (SELECT count(*) FROM report_missing WHERE missing_id = missing_symbols.id)`,
  'crashes filed under cases that are gone': `
    SELECT report_id FROM report_crashes WHERE case_id NOT IN (SELECT id FROM cases)`,
  'what belongs to reports that are gone': `
    SELECT report_id FROM report_data WHERE report_id NOT IN (SELECT id FROM reports)
    UNION SELECT report_id FROM report_crashes WHERE report_id NOT IN (SELECT id FROM reports)
    UNION SELECT report_id FROM processed_reports WHERE report_id NOT IN (SELECT id FROM reports)`,
  'what lives in a pack': `
    SELECT id, live FROM packs
    WHERE live <> (SELECT ifnull(sum(bytes), 0) FROM report_packs WHERE pack_id = packs.id) OR live > bytes`,
  'entries of packs that belong to nothing': `
    SELECT report_id FROM report_packs
    WHERE report_id NOT IN (SELECT id FROM reports) OR pack_id NOT IN (SELECT id FROM packs)`,
  'reports whose place in a pack is lost': `
    SELECT crash_id FROM reports
    WHERE opened(attachments, 'reports.attachments') LIKE '%"packed":true%' AND id NOT IN (SELECT report_id FROM report_packs)`,
  'entries of packs that lie over each other': `
    SELECT one.report_id FROM report_packs AS one JOIN report_packs AS other ON other.pack_id = one.pack_id
    WHERE other.report_id <> one.report_id AND other.at >= one.at AND other.at < one.at + one.bytes`,
  'processed reports that were not filed': `
    SELECT crash_id FROM reports
    WHERE state = 'processed' AND id NOT IN (SELECT report_id FROM processed_reports)`,
};

/** What differs, as sentences; none: every count is right. Inside a snapshot where servers run. */
export function wrongCounts(connection: Connection): readonly string[] {
  const wrong: string[] = [];
  for (const [what, sql] of Object.entries(STORE_COUNTS)) {
    const rows = prepared<object, object>(connection, sql).all({});
    if (rows.length > 0)
      wrong.push(`${what}: ${rows.length} differ, the first is ${JSON.stringify(rows[0])}`);
  }
  return wrong;
}
