// Products that a first report made, and that nobody needs: those that hold nothing any more go after a time. Where there are as many as
// there may be, they go at once, and of the others those that hold a few reports and were not heard of for that time; otherwise a flood of
// made-up names would shut every new program out for good. What a person has done anything with stays.
import { SELDOM } from '../../filing/fold-labels.ts';
import { query } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { DOOMED_BLOB, removeBlob } from './remove-blob.ts';
import type { DoomedBlob } from './remove-blob.ts';
import { removeReport } from './change-report.ts';
import { reportsOfProduct } from './prune-reports.ts';

/** Products of one step. */
const MAX_OF_STEP = 16;
const DAY_MS = 24 * 60 * 60 * 1000;
/** A product that was made so short ago may be waiting for its first report to be stored. */
const YOUNG_MS = 60 * 60_000;
/** From this share of the ceiling on room is made for newcomers. */
const CROWDED = 0.9;

/** How long products stay. */
export interface IdleChoice {
  readonly keepDays: number;
  /** 0: automatic products are off. */
  readonly maxAutomatic: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

const countAutomatic = query<[], number>(`SELECT count(*) FROM products WHERE automatic = 1`);

interface IdleRow {
  readonly id: number;
  readonly account: string;
  readonly name: string;
}

/** Terms are asked in this order: age and counts first, so that what reads other tables is asked of the few that are left. The highest number
 * is never given back, so that none is given twice. */
export const untouched = query<
  [{ before: number; emptyBefore: number; reports: number; limit: number }],
  IdleRow
>(`
  SELECT products.id, accounts.name AS account, products.name
  FROM products JOIN accounts ON accounts.id = products.account_id
  WHERE automatic = 1
    AND CASE (SELECT ifnull(sum(queued + deferred + processed + failed), 0) FROM kinds WHERE product_id = products.id)
      WHEN 0 THEN max(products.created_at, ifnull(last_report_at, 0)) < @emptyBefore
      ELSE max(products.created_at, ifnull(last_report_at, 0)) < @before
        AND (SELECT sum(queued + deferred + processed + failed) FROM kinds WHERE product_id = products.id) <= @reports
    END
    AND products.id < (SELECT max(id) FROM products)
    AND require_key = 0 AND upload_key IS NULL AND public_annotations = '[]' AND keep_days IS NULL
    AND client_rules = '{}' AND data_rules = '{}' AND dsn_id IS NULL
    AND NOT EXISTS (SELECT 1 FROM product_rules WHERE product_id = products.id)
    AND NOT EXISTS (
      SELECT 1 FROM product_keys
      WHERE product_id = products.id AND (label <> 'first' OR enabled = 0 OR per_minute IS NOT NULL))
    AND NOT EXISTS (
      SELECT 1 FROM subscriptions
      WHERE subscriptions.account = accounts.name AND subscriptions.product = products.name)
    AND NOT EXISTS (
      SELECT 1 FROM webhooks WHERE webhooks.account = accounts.name AND webhooks.product = products.name)
    AND NOT EXISTS (SELECT 1 FROM symbols WHERE symbols.product = products.name)
    AND NOT EXISTS (SELECT 1 FROM trackers WHERE product_id = products.id)
    AND NOT EXISTS (SELECT 1 FROM grants WHERE product_id = products.id)
    AND NOT EXISTS (SELECT 1 FROM tokens, json_each(tokens.products) WHERE json_each.value = products.id)
    AND NOT EXISTS (SELECT 1 FROM releases WHERE product_id = products.id)
    AND NOT EXISTS (SELECT 1 FROM feedback WHERE product_id = products.id)
    AND NOT EXISTS (SELECT 1 FROM blobs WHERE product_id = products.id)
    AND NOT EXISTS (SELECT 1 FROM installations WHERE product_id = products.id AND created_at >= @before)
    AND NOT EXISTS (SELECT 1 FROM client_counts WHERE product_id = products.id AND day >= @before / 86400000)
    AND NOT EXISTS (SELECT 1 FROM session_counts WHERE product_id = products.id AND day >= @before / 86400000)
    AND NOT EXISTS (
      SELECT 1 FROM bugs JOIN bug_events ON bug_events.bug_id = bugs.id
      WHERE bugs.product_id = products.id AND bug_events.by IS NOT NULL)
    AND NOT EXISTS (
      SELECT 1 FROM kinds JOIN reports ON reports.kind_id = kinds.id
      WHERE kinds.product_id = products.id AND reports.pinned = 1)
  ORDER BY max(products.created_at, ifnull(last_report_at, 0)) LIMIT @limit`);

const kindsOf = query<[productId: number], number>(`SELECT id FROM kinds WHERE product_id = ?`);
const bugsOf = query<[productId: number], number>(`SELECT id FROM bugs WHERE product_id = ?`);

/** Everything that has a product's number; a test compares it with the schema. Keys and sessions go with the product itself. */
export const OF_PRODUCT = [
  'bug_keys',
  'key_callers',
  'facts_tail',
  'facts_moved',
  'facts_dead',
  'facts_thin',
  'installations',
  'kinds',
  'labels',
  'product_installations',
  'product_packages',
  'product_series',
  'stale_installations',
] as const;

const REMOVE = [
  `DELETE FROM segment_columns WHERE segment_id IN (SELECT id FROM segments WHERE product_id = ?)`,
  `DELETE FROM segments WHERE product_id = ?`,
  ...OF_PRODUCT.map((table) => `DELETE FROM ${table} WHERE product_id = ?`),
  `DELETE FROM products WHERE id = ?`,
].map((sql) => query<[productId: number]>(sql));

/** Removes some; gives how many. Reports that go with them count as pruned. */
export async function removeIdleProducts(context: WriteContext, choice: IdleChoice): Promise<number> {
  const { keepDays, maxAutomatic, now } = choice;
  const { connection } = context;
  const count = countAutomatic(connection).pluck().get() ?? 0;
  const isCrowded = maxAutomatic > 0 && count >= maxAutomatic * CROWDED;
  const before = now - keepDays * DAY_MS;
  const emptyBefore = isCrowded ? now - YOUNG_MS : before;
  const idle = untouched(connection).all({
    before,
    emptyBefore,
    reports: isCrowded ? SELDOM : -1,
    limit: MAX_OF_STEP,
  });
  for (const product of idle) await removeProduct(context, product);
  return idle.length;
}

const someBugs = query<[productId: number, limit: number], number>(
  `SELECT id FROM bugs WHERE product_id = ? LIMIT ?`,
);
const someBlobs = query<[productId: number, limit: number], DoomedBlob>(`
  SELECT ${DOOMED_BLOB} FROM blobs WHERE product_id = ? LIMIT ?`);
const removeRules = query<[productId: number]>(`DELETE FROM product_rules WHERE product_id = ?`);
const OF_STEP = 100;
const REPORTS_OF_STEP = 25;

/** One step of removing a product that people made or changed; true: it is gone itself. Reports still come while it goes. */
export async function removeWholeProduct(context: WriteContext, product: IdleRow): Promise<boolean> {
  const { connection, ledger } = context;
  const reports = reportsOfProduct(connection, product.id, REPORTS_OF_STEP);
  for (const report of reports) await removeReport(context, report);
  if (reports.length > 0) return false;
  await ledger.flush();
  const bugs = someBugs(connection).pluck().all(product.id, OF_STEP);
  for (const bug of bugs) await ledger.bulk('removeBug', bug);
  ledger.clear();
  const blobs = someBlobs(connection).all(product.id, OF_STEP);
  for (const blob of blobs) removeBlob(context, blob);
  if (bugs.length + blobs.length > 0) return false;
  removeRules(connection).run(product.id);
  await removeProduct(context, product);
  return true;
}

async function removeProduct(context: WriteContext, { id, account, name }: IdleRow): Promise<void> {
  const { connection, ledger, names, tally } = context;
  const reports = reportsOfProduct(connection, id);
  for (const report of reports) await removeReport(context, report);
  tally.pruned += reports.length;
  await ledger.flush();
  for (const bug of bugsOf(connection).pluck().all(id)) await ledger.bulk('removeBug', bug);
  // What was tallied for kinds that go must not look as if another process had removed them.
  for (const kind of kindsOf(connection).pluck().all(id)) tally.kinds.delete(kind);
  for (const step of REMOVE) step(connection).run(id);
  ledger.clear();
  tally.storedBytes.delete(id);
  names.products.delete(`${account}\0${name}`);
  names.kinds.clear();
}
