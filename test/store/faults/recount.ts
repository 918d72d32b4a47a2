// What must be true of a data folder after anything that happened to it: counted again from the rows and the files themselves, in plain SQL.
// Gives sentences of what is wrong; none: all is well. The store must be closed.
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { utcDay } from '../../../src/report/crash-id.ts';

/** Each gives one row for every count that differs from what it counts. */
const COUNTS: Readonly<Record<string, string>> = {
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
    WHERE attachments LIKE '%"packed":true%' AND id NOT IN (SELECT report_id FROM report_packs)`,
  'entries of packs that lie over each other': `
    SELECT one.report_id FROM report_packs AS one JOIN report_packs AS other ON other.pack_id = one.pack_id
    WHERE other.report_id <> one.report_id AND other.at >= one.at AND other.at < one.at + one.bytes`,
  'processed reports that were not filed': `
    SELECT crash_id FROM reports
    WHERE state = 'processed' AND id NOT IN (SELECT report_id FROM processed_reports)`,
};

/** Everything that is wrong in the data folder. */
export function recount(data: string): readonly string[] {
  const database = new Database(path.join(data, 'mayday.db'), { readonly: true });
  try {
    const wrong: string[] = [];
    const integrity = database.pragma('integrity_check') as readonly { readonly integrity_check: string }[];
    if (integrity[0]?.integrity_check !== 'ok') wrong.push(`integrity: ${JSON.stringify(integrity)}`);
    for (const [what, sql] of Object.entries(COUNTS)) {
      const rows = database.prepare(sql).all();
      if (rows.length > 0) wrong.push(`${what}: ${JSON.stringify(rows)}`);
    }
    return [...wrong, ...missingFiles(database, data)];
  } finally {
    database.close();
  }
}

/** Files that a row names and that are not there. */
function missingFiles(database: Database.Database, data: string): readonly string[] {
  const named: string[] = [];
  const folders = database
    .prepare<[], { crashId: string; receivedAt: number }>(
      'SELECT crash_id AS crashId, received_at AS receivedAt FROM reports WHERE folder_bytes > 0',
    )
    .all();
  for (const { crashId, receivedAt } of folders)
    named.push(path.join(data, 'reports', utcDay(receivedAt), crashId));
  const blobs = database.prepare<[], string>('SELECT file FROM blobs WHERE file IS NOT NULL').pluck().all();
  for (const file of blobs) named.push(path.join(data, 'blobs', file));
  const inPacks = database
    .prepare<[], { name: string; end: number }>(
      `SELECT name, max(at + report_packs.bytes) AS end
       FROM report_packs JOIN packs ON packs.id = pack_id GROUP BY pack_id`,
    )
    .all();
  for (const { name, end } of inPacks) {
    const file = path.join(data, 'packs', name);
    // One that is too short is named beside those that are not there.
    named.push((statSync(file, { throwIfNoEntry: false })?.size ?? 0) >= end ? file : `${file} up to ${end}`);
  }
  const wrong = named.filter((target) => !existsSync(target)).map((target) => `${target} is missing`);
  const symbols = database
    .prepare<[], { debugFile: string; debugId: string; revision: string }>(
      'SELECT debug_file AS debugFile, debug_id AS debugId, revision FROM symbols',
    )
    .all();
  for (const { debugFile, debugId, revision } of symbols) {
    const folder = path.join(data, 'symbols', debugFile, debugId);
    const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.includes(revision)) : [];
    if (files.length !== 2) wrong.push(`symbols of ${debugFile} have ${files.length} files`);
  }
  return wrong;
}

/** Files below the data folder that no row names, once everything that was to be removed has been. */
export function strayFiles(data: string): readonly string[] {
  const database = new Database(path.join(data, 'mayday.db'), { readonly: true });
  try {
    const folders = new Set(
      database.prepare<[], string>('SELECT crash_id FROM reports WHERE folder_bytes > 0').pluck().all(),
    );
    const blobs = new Set(database.prepare<[], string>('SELECT file FROM blobs').pluck().all());
    const days = readdirSync(path.join(data, 'reports'));
    const packs = new Map(
      database
        .prepare<[], { name: string; live: number }>('SELECT name, live FROM packs')
        .all()
        .map(({ name, live }) => [name, live]),
    );
    return [
      ...readdirSync(path.join(data, 'packs'))
        .filter((name) => statSync(path.join(data, 'packs', name)).size !== packs.get(name))
        .map((name) => `packs/${name}, or a part of it,`),
      ...readdirSync(path.join(data, 'incoming')).map((name) => `incoming/${name}`),
      ...days.flatMap((day) =>
        readdirSync(path.join(data, 'reports', day))
          .filter((name) => !folders.has(name))
          .map((name) => `reports/${day}/${name}`),
      ),
      ...readdirSync(path.join(data, 'blobs'))
        .filter((name) => !blobs.has(name))
        .map((name) => `blobs/${name}`),
    ];
  } finally {
    database.close();
  }
}
