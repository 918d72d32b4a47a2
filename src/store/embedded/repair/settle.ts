// Makes one whole of the rows that were saved: what they refer to exists, what is counted is counted again, what can be made anew is.
import { readOrigin } from '../../shared/report-seal.ts';
import { query, type Connection } from '../database/query.ts';
import { statements } from '../database/statements.ts';

/** What had to be done, as sentences for the operator; none: everything fitted. */
export function settle(target: Connection): readonly string[] {
  const sentences: string[] = [];
  statements.exec(target, 'BEGIN');
  nameProducts(target);
  const orphans = giveKinds(target);
  if (orphans > 0)
    sentences.push(
      `${orphans} reports had lost what tells their product, and have it again from their own rows.`,
    );
  for (const [sentence, sql] of FITTING) {
    const changes = statements.prepare<[], never>(target, sql).run().changes;
    if (changes > 0 && sentence !== null) sentences.push(`${changes} ${sentence}`);
  }
  statements.exec(target, RECOUNT);
  const dropped = dropBrokenReferences(target);
  if (dropped > 0)
    sentences.push(`${dropped} rows belonged to people or products that are lost, and were left out.`);
  statements.exec(target, 'COMMIT');
  return sentences;
}

const insertAccounts = query<[]>(`
  INSERT OR IGNORE INTO accounts (id, name, created_at)
  SELECT DISTINCT account_id, 'salvaged-' || account_id, 0 FROM products
  WHERE account_id NOT IN (SELECT id FROM accounts)`);
const lostProducts = query<[], { readonly id: number; readonly origin: string | null }>(`
  SELECT kinds.product_id AS id, max(reports.origin) AS origin
  FROM kinds LEFT JOIN reports ON reports.kind_id = kinds.id
  WHERE kinds.product_id NOT IN (SELECT id FROM products) GROUP BY kinds.product_id
  UNION SELECT product_id, NULL FROM bugs
  WHERE product_id NOT IN (SELECT id FROM products) AND product_id NOT IN (SELECT product_id FROM kinds)`);
const insertAccount = query<[name: string]>(
  `INSERT OR IGNORE INTO accounts (name, created_at) VALUES (?, 0)`,
);
const insertProduct = query<[id: number | null, name: string, account: string]>(`
  INSERT OR IGNORE INTO products (id, account_id, name, created_at, automatic)
  SELECT ?, id, ?, 0, 1 FROM accounts WHERE name = ?`);

function nameProducts(target: Connection): void {
  insertAccounts(target).run();
  for (const { id, origin } of lostProducts(target).all()) {
    const known = origin === null ? null : readOrigin(origin);
    const account = known?.account ?? 'default';
    insertAccount(target).run(account);
    const { changes } = insertProduct(target).run(id, known?.product ?? `salvaged-${id}`, account);
    if (changes === 0) insertProduct(target).run(id, `salvaged-${id}`, account);
  }
}

const withoutKind = query<
  [],
  {
    readonly id: number;
    readonly origin: string | null;
    readonly version: string | null;
    readonly platform: string | null;
  }
>(`SELECT id, origin, version, platform FROM reports WHERE kind_id NOT IN (SELECT id FROM kinds)`);
const productId = query<[account: string, product: string], number>(`
  SELECT products.id FROM products JOIN accounts ON accounts.id = products.account_id
  WHERE accounts.name = ? AND products.name = ?`);
const kindId = query<
  [product: number, protocol: string, version: string | null, platform: string | null],
  number
>(`
  SELECT id FROM kinds WHERE product_id = ? AND protocol = ? AND version IS ? AND platform IS ? AND mixed = 0`);
const insertKind = query<
  [product: number, protocol: string, version: string | null, platform: string | null]
>(`
  INSERT INTO kinds (product_id, protocol, version, platform) VALUES (?, ?, ?, ?)`);
const setKind = query<[kindId: number, id: number]>(`UPDATE reports SET kind_id = ?, loose = 0 WHERE id = ?`);

/** Gives how many reports had no kind. */
export function giveKinds(target: Connection): number {
  const reports = withoutKind(target).all();
  for (const { id, origin, version, platform } of reports) {
    const { account, product, protocol } = (origin === null ? null : readOrigin(origin)) ?? {
      account: 'default',
      product: 'salvaged',
      protocol: 'crashpad',
    };
    insertAccount(target).run(account);
    insertProduct(target).run(null, product, account);
    const owner = productId(target).pluck().get(account, product) ?? 0;
    let kind = kindId(target).pluck().get(owner, protocol, version, platform);
    kind ??= Number(insertKind(target).run(owner, protocol, version, platform).lastInsertRowid);
    setKind(target).run(kind, id);
  }
  return reports.length;
}

/** What does not fit any more; with a sentence where a person should know. */
const FITTING: readonly (readonly [sentence: string | null, sql: string])[] = [
  [
    'attachments belong to reports that are lost; they stay in the old file.',
    `DELETE FROM report_data WHERE report_id NOT IN (SELECT id FROM reports)`,
  ],
  [null, `DELETE FROM processed_reports WHERE report_id NOT IN (SELECT id FROM reports)`],
  [
    null,
    `DELETE FROM report_missing WHERE report_id NOT IN (SELECT id FROM reports)
          OR missing_id NOT IN (SELECT id FROM missing_symbols)`,
  ],
  [null, `DELETE FROM report_crashes WHERE report_id NOT IN (SELECT id FROM reports)`],
  [
    'reports are processed again: what they were filed under is lost.',
    `UPDATE reports SET state = 'queued', attempts = 0, lease_until = NULL, lease_id = NULL
     WHERE state = 'processed' AND (id NOT IN (SELECT report_id FROM processed_reports)
       OR id IN (SELECT report_id FROM report_crashes WHERE case_id NOT IN (SELECT id FROM cases)))`,
  ],
  [null, `DELETE FROM report_crashes WHERE case_id NOT IN (SELECT id FROM cases)`],
  [null, `UPDATE bugs SET newest_report_id = NULL WHERE newest_report_id NOT IN (SELECT id FROM reports)`],
];

/** Facts of crashes are derived: housekeeping makes them anew from the processed reports. */
const RECOUNT = `
  UPDATE kinds SET
    queued = (SELECT count(*) FROM reports WHERE kind_id = kinds.id AND state = 'queued'),
    deferred = (SELECT count(*) FROM reports WHERE kind_id = kinds.id AND state = 'deferred'),
    processed = (SELECT count(*) FROM reports WHERE kind_id = kinds.id AND state = 'processed'),
    failed = (SELECT count(*) FROM reports WHERE kind_id = kinds.id AND state = 'failed');
  UPDATE missing_symbols SET
    reports = (SELECT count(*) FROM report_missing WHERE missing_id = missing_symbols.id);
  INSERT OR IGNORE INTO totals (one, report_folder_bytes, blob_file_bytes, pruned) VALUES (1, 0, 0, 0);
  UPDATE totals SET
    report_folder_bytes = (SELECT ifnull(sum(folder_bytes), 0) FROM reports),
    blob_file_bytes = (SELECT ifnull(sum(file_bytes), 0) FROM blobs WHERE file IS NOT NULL);
  DELETE FROM facts_tail; DELETE FROM facts_dead; DELETE FROM facts_thin; DELETE FROM facts_moved; DELETE FROM segment_columns; DELETE FROM segments;
  UPDATE report_crashes SET seq = NULL;
  INSERT OR IGNORE INTO search_pending (report_id) SELECT id FROM reports WHERE opened(annotations, 'reports.annotations') <> '[]';
  INSERT OR IGNORE INTO settings (name, value) VALUES ('address_salt', randomblob(32));
  INSERT OR IGNORE INTO accounts (name, created_at) VALUES ('default', 0), ('test', 0);
  INSERT OR IGNORE INTO account_names (name, account_id) SELECT name, id FROM accounts;`;

/** Counts again what files and reports add up to, after more of them came. */
export function countAgain(target: Connection): void {
  statements.exec(target, RECOUNT);
}

const broken = query<[], { readonly table: string; readonly rowid: number | null }>(`
  SELECT "table", rowid FROM pragma_foreign_key_check`);

function dropBrokenReferences(target: Connection): number {
  const rows = broken(target)
    .all()
    .filter(({ rowid }) => rowid !== null);
  for (const { table, rowid } of rows) {
    statements.prepare<[number | null], never>(target, `DELETE FROM "${table}" WHERE rowid = ?`).run(rowid);
  }
  return rows.length;
}
