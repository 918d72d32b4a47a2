// Words of people: written with the identity of the report that they are about, which may come later.
import type { PersonWords } from '../../../report/person-words.ts';
import { MAX_FEEDBACK_OF_PRODUCT, type Feedback } from '../../feedback.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { findProductId } from '../transaction/product-rows.ts';

const insertFeedback = query<unknown[]>(`
  INSERT INTO feedback (product_id, identity, event_id, at, name, email, message, url)
  VALUES (?, ?, ?, ?, sealed(?, 'feedback.name'), sealed(?, 'feedback.email'),
    sealed(?, 'feedback.message'), sealed(?, 'feedback.url'))`);
const deleteBeyond = query<[productId: number, productId2: number, keep: number]>(`
  DELETE FROM feedback WHERE product_id = ? AND id <= (
    SELECT id FROM feedback WHERE product_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?)`);
const findSame = query<[identity: Uint8Array, message: string, email: string], number>(`
  SELECT 1 FROM feedback 
  WHERE identity = ? AND opened(message, 'feedback.message') = ? AND opened(email, 'feedback.email') = ? LIMIT 1`);

/** Keeps one person's words; the same words of the same event are kept once. False: no such product. */
export function addFeedback(
  context: WriteContext,
  { account, product, at }: { readonly account: string; readonly product: string; readonly at: number },
  words: PersonWords,
  identity: Uint8Array | null,
): boolean {
  const { connection } = context;
  const id = findProductId(context, account, product);
  if (id === null) return false;
  const { eventId, name, email, message, url } = words;
  if (identity !== null && findSame(connection).get(identity, message, email) !== undefined) return true;
  insertFeedback(connection).run(id, identity, eventId, at, name, email, message, url);
  deleteBeyond(connection).run(id, id, MAX_FEEDBACK_OF_PRODUCT);
  return true;
}

const COLUMNS = `
  feedback.id, accounts.name AS account, products.name AS product, feedback.event_id AS eventId, feedback.at,
  opened(feedback.name, 'feedback.name') AS name, opened(feedback.email, 'feedback.email') AS email,
  opened(feedback.message, 'feedback.message') AS message, opened(feedback.url, 'feedback.url') AS url, reports.crash_id AS crashId
  FROM feedback
  JOIN products ON products.id = feedback.product_id
  JOIN accounts ON accounts.id = products.account_id`;

const selectOfProduct = query<[account: string, product: string, limit: number], Feedback>(`
  SELECT ${COLUMNS} LEFT JOIN reports ON reports.identity = feedback.identity
  WHERE accounts.name = ? AND products.name = ? ORDER BY feedback.id DESC LIMIT ?`);
const selectOfReport = query<[crashId: string], Feedback>(`
  SELECT ${COLUMNS} JOIN reports ON reports.identity = feedback.identity
  WHERE reports.crash_id = ? ORDER BY feedback.id DESC LIMIT 100`);
const selectOfBug = query<[{ bugId: number; limit: number }], Feedback>(`
  SELECT ${COLUMNS} JOIN reports ON reports.identity = feedback.identity
  WHERE feedback.product_id = (SELECT product_id FROM bugs WHERE bugs.id = @bugId) AND EXISTS (
    SELECT 1 FROM report_crashes JOIN cases ON cases.id = report_crashes.case_id
    WHERE report_crashes.report_id = reports.id AND cases.bug_id = @bugId)
  ORDER BY feedback.id DESC LIMIT @limit`);

/** The newest words about a product. */
export function feedbackOfProduct(
  connection: Connection,
  account: string,
  product: string,
  limit: number,
): readonly Feedback[] {
  return selectOfProduct(connection).all(account, product, limit);
}

/** Words about one report. */
export function feedbackOfReport(connection: Connection, crashId: string): readonly Feedback[] {
  return selectOfReport(connection).all(crashId);
}

/** Words about reports of a bug. */
export function feedbackOfBug(connection: Connection, bugId: number, limit: number): readonly Feedback[] {
  return selectOfBug(connection).all({ bugId, limit });
}
