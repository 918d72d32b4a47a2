// What was erased after a backup was made is erased again when that backup is restored: what stands beside reports, in the writer's transaction.
// The reports themselves are found and deleted before (take-up-restored.ts).
import type { AuditEntry } from '../../audit.ts';
import { ErasedTest } from '../../shared/erased-test.ts';
import type { ErasedLine } from '../../shared/erasure-journal.ts';
import type { RestoredHead } from '../../shared/restored.ts';
import { addAudit } from '../audit/audit-rows.ts';
import { query } from '../database/query.ts';
import { noteUnnamed, unnameInstallations } from '../filing/erase-filed.ts';
import { journalSecret, keepErased } from '../journal/journal-rows.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { eraseMember } from '../write/erase-member.ts';
import { noteErasure } from '../write/purge.ts';
import { eraseBesideProducts } from './erase-account.ts';
import { eraseBeside } from './erasure-steps.ts';

const products = query<[], { id: number; account: string; product: string; createdAt: number }>(`
  SELECT products.id, accounts.name AS account, products.name AS product, products.created_at AS createdAt
  FROM products JOIN accounts ON accounts.id = products.account_id ORDER BY products.id`);
const accounts = query<[], string>(`SELECT name FROM accounts ORDER BY id`);
const mailsOf = query<[productId: number], { id: number; at: number; email: string }>(`
  SELECT id, at, opened(email, 'feedback.email') AS email FROM feedback WHERE product_id = ? AND email <> ''`);
const deleteFeedback = query<[id: number]>(`DELETE FROM feedback WHERE id = ?`);
const usersOf = [
  `SELECT DISTINCT user FROM client_sessions WHERE product_id = ? AND user IS NOT NULL`,
  `SELECT DISTINCT user FROM session_users WHERE product_id = ?`,
].map((sql) => query<[productId: number], Uint8Array>(sql));
const forgetUser = [
  `UPDATE client_sessions SET user = NULL WHERE product_id = ? AND user = ?`,
  `DELETE FROM session_users WHERE product_id = ? AND user = ?`,
].map((sql) => query<[productId: number, user: Uint8Array]>(sql));
const installationsOf = query<[productId: number], Uint8Array>(
  `SELECT installation FROM product_installations WHERE product_id = ?`,
);

const members = query<[], { id: number; email: string; createdAt: number }>(`
  SELECT id, email, created_at AS createdAt FROM users`);

/** Erases what is kept beside reports; false: there is more of it, call again. */
export async function recallErased(context: WriteContext, lines: readonly ErasedLine[]): Promise<boolean> {
  const { connection } = context;
  const test = new ErasedTest(journalSecret(connection), lines);
  const now = Date.now();
  for (const { id, account, product, createdAt } of products(connection).all()) {
    if (test.product({ account, product, at: createdAt })) {
      if (!(await eraseBeside(context, { kind: 'product', account, product }, now))) return false;
      continue;
    }
    // Sums and sessions know no moment of arrival.
    const place = { account, product, at: 0 };
    const aged = test.before(place);
    if (aged !== null) await eraseBeside(context, { kind: 'before', before: aged, account, product }, now);
    for (const feedback of mailsOf(connection).all(id)) {
      if (test.mail({ ...place, at: feedback.at }, feedback.email))
        deleteFeedback(connection).run(feedback.id);
    }
    for (const [at, users] of usersOf.entries()) {
      for (const user of users(connection).pluck().all(id))
        if (test.mark('user', place, user)) forgetUser[at]?.(connection).run(id, user);
    }
    for (const installation of installationsOf(connection).pluck().all(id))
      if (test.mark('installation', place, installation)) noteUnnamed(connection, id, installation);
  }
  unnameInstallations(connection);
  for (const account of accounts(connection).pluck().all()) {
    if (test.account(account) && !eraseBesideProducts(context, account, now)) return false;
  }
  for (const { id, email, createdAt } of members(connection).all()) {
    if (test.member(email, createdAt)) await eraseMember(context, id, { now, force: true });
  }
  return true;
}

/** It is done: the store knows these lines as its own, and its audit log says so. */
export function noteRestored(
  context: WriteContext,
  { backup, of, at, user, host }: RestoredHead,
  {
    lines,
    reports,
    now,
  }: { readonly lines: readonly ErasedLine[]; readonly reports: number; readonly now: number },
): void {
  const { connection } = context;
  keepErased(connection, lines);
  if (lines.length > 0) noteErasure(connection, now);
  const entry: AuditEntry = {
    who: { person: null, way: 'command', token: null },
    what: 'store.restore',
    object: `backup ${backup}`,
    network: '',
    outcome: 'done',
    detail: { of, at: new Date(at).toISOString(), user, host, erasures: lines.length, reports },
  };
  addAudit(context, [{ at: now, entry }]);
}
