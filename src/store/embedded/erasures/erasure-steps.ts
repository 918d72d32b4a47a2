// Erasures in the writer's transaction: their wishes, the reports that were found for them, and one step after the other until none is left.
// A step deletes some reports and counts them; a crash between two steps loses nothing, and housekeeping goes on.
import { hash } from 'node:crypto';
import type { AuditEntry } from '../../audit.ts';
import type { Erasure, ErasureWish } from '../../erasures.ts';
import { addAudit } from '../audit/audit-rows.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { deleteReport } from '../write/change-report.ts';
import { isMailOf } from '../read/find-erasable.ts';
import { removeWholeProduct } from '../write/idle-products.ts';
import { noteErasure } from '../write/purge.ts';

/** Reports that one step deletes; others wait for the thread. */
const OF_STEP = 25;
/** What nobody has confirmed for so long is withdrawn. */
const WAITS_MS = 86_400_000;
const LISTED = 100;

const COLUMNS = `id, at, person, kind, state, found, done, ended_at AS endedAt`;
const insertErasure = query<[at: number, person: number | null, kind: string, wish: string], Erasure>(`
  INSERT INTO erasures (at, person, kind, wish, state, found, done)
  VALUES (?, ?, ?, ?, 'counting', 0, 0) RETURNING ${COLUMNS}`);
const byId = query<[id: number], Erasure>(`SELECT ${COLUMNS} FROM erasures WHERE id = ?`);
const newest = query<[limit: number], Erasure>(`SELECT ${COLUMNS} FROM erasures ORDER BY id DESC LIMIT ?`);
const insertFound = query<[id: number, crashId: string]>(`
  INSERT OR IGNORE INTO erasure_reports (erasure_id, crash_id) VALUES (?, ?)`);
const setReady = query<[{ id: number }]>(`
  UPDATE erasures SET state = 'ready', found = (SELECT count(*) FROM erasure_reports WHERE erasure_id = @id)
  WHERE id = @id AND state = 'counting'`);
const setErasing = query<[id: number]>(
  `UPDATE erasures SET state = 'erasing' WHERE id = ? AND state = 'ready'`,
);
const setWithdrawn = query<[at: number, id: number]>(`
  UPDATE erasures SET state = 'withdrawn', wish = '', ended_at = ? WHERE id = ? AND state IN ('counting', 'ready')`);
const forgotten = query<[before: number], number>(`
  SELECT id FROM erasures WHERE state IN ('counting', 'ready') AND at < ?`);
const forgetFound = query<[id: number]>(`DELETE FROM erasure_reports WHERE erasure_id = ?`);
const underWay = query<[], Erasure & { readonly wish: string }>(`
  SELECT ${COLUMNS}, wish FROM erasures WHERE state = 'erasing' ORDER BY id LIMIT 1`);
const nextFound = query<[id: number, limit: number], string>(`
  SELECT crash_id FROM erasure_reports WHERE erasure_id = ? LIMIT ?`);
const dropFound = query<[id: number, crashId: string]>(`
  DELETE FROM erasure_reports WHERE erasure_id = ? AND crash_id = ?`);
const countDone = query<[by: number, id: number]>(`UPDATE erasures SET done = done + ? WHERE id = ?`);
const setDone = query<[at: number, id: number]>(`
  UPDATE erasures SET state = 'done', wish = '', ended_at = ? WHERE id = ?`);

export function getErasure(connection: Connection, id: number): Erasure | null {
  return byId(connection).get(id) ?? null;
}

export function listErasures(connection: Connection): readonly Erasure[] {
  return newest(connection).all(LISTED);
}

export function beginErasure(
  { connection }: WriteContext,
  wish: ErasureWish,
  person: number | null,
  now: number,
): Erasure {
  const made = insertErasure(connection).get(now, person, wish.kind, JSON.stringify(wish));
  if (made === undefined) throw new Error('the erasure was not written down');
  return made;
}

export function addErasable({ connection }: WriteContext, id: number, crashIds: readonly string[]): void {
  for (const crashId of crashIds) insertFound(connection).run(id, crashId);
}

export function erasureReady({ connection }: WriteContext, id: number): Erasure | null {
  setReady(connection).run({ id });
  return getErasure(connection, id);
}

export function confirmErasure({ connection }: WriteContext, id: number): boolean {
  return setErasing(connection).run(id).changes > 0;
}

export function withdrawErasure({ connection }: WriteContext, id: number, now: number): boolean {
  if (setWithdrawn(connection).run(now, id).changes === 0) return false;
  forgetFound(connection).run(id);
  return true;
}

/** Withdraws what nobody has confirmed in a day. */
export function forgetErasures(context: WriteContext, now: number): void {
  for (const id of forgotten(context.connection)
    .pluck()
    .all(now - WAITS_MS))
    withdrawErasure(context, id, now);
}

/** Whether an erasure is under way. */
export function erasureWaits(connection: Connection): boolean {
  return underWay(connection).get() !== undefined;
}

/** Deletes some reports of the erasure under way; gives the erasure, or null where none is. */
export async function stepErasure(context: WriteContext, now: number): Promise<Erasure | null> {
  const { connection } = context;
  const erasure = underWay(connection).get();
  if (erasure === undefined) return null;
  const crashIds = nextFound(connection).pluck().all(erasure.id, OF_STEP);
  for (const crashId of crashIds) {
    await deleteReport(context, crashId);
    dropFound(connection).run(erasure.id, crashId);
  }
  countDone(connection).run(crashIds.length, erasure.id);
  if (crashIds.length === 0 && (await eraseBeside(context, JSON.parse(erasure.wish) as ErasureWish))) {
    noteErasure(connection, now);
    addAudit(context, [{ at: now, entry: ended(erasure) }]);
    setDone(connection).run(now, erasure.id);
  }
  return getErasure(connection, erasure.id);
}

const feedbackMails = query<[], { id: number; email: string }>(
  `SELECT id, email FROM feedback WHERE email <> ''`,
);
const deleteFeedback = query<[id: number]>(`DELETE FROM feedback WHERE id = ?`);
const feedbackBefore = query<[{ before: number; account: string | null; product: string | null }]>(`
  DELETE FROM feedback WHERE at < @before AND product_id IN (
    SELECT products.id FROM products JOIN accounts ON accounts.id = products.account_id
    WHERE (@account IS NULL OR accounts.name = @account) AND (@product IS NULL OR products.name = @product))`);
const inboxBefore = query<[{ before: number; product: string | null }]>(`
  DELETE FROM inbox
  WHERE json_extract(entry, '$.at') < @before AND (@product IS NULL OR json_extract(entry, '$.product') = @product)`);
const SESSIONS_OF_USER = [
  `UPDATE client_sessions SET user = NULL WHERE user = ?`,
  `DELETE FROM session_users WHERE user = ?`,
].map((sql) => query<[user: Uint8Array]>(sql));
const UNNAME = ['case_installations', 'bug_installations', 'product_installations'].map((table) =>
  query<[installation: Uint8Array]>(`
    UPDATE OR IGNORE ${table} SET installation = randomblob(8) WHERE installation = ?`),
);
const deleteAsked = query<[id: string]>(`DELETE FROM installations WHERE CAST(id AS TEXT) = ?`);
const productOf = query<[account: string, product: string], { id: number; account: string; name: string }>(`
  SELECT products.id, accounts.name AS account, products.name
  FROM products JOIN accounts ON accounts.id = products.account_id WHERE accounts.name = ? AND products.name = ?`);

/** What is kept beside reports; false: there is more of it. */
async function eraseBeside(context: WriteContext, wish: ErasureWish): Promise<boolean> {
  const { connection } = context;
  if (wish.kind === 'person') {
    for (const { id, email } of feedbackMails(connection).all())
      if (isMailOf(wish, email)) deleteFeedback(connection).run(id);
    if (wish.user !== null) forgetUser(connection, wish.user);
  }
  if (wish.kind === 'installation') {
    for (const unname of UNNAME) unname(connection).run(first8(wish.installation));
    deleteAsked(connection).run(wish.installation);
    forgetUser(connection, wish.installation);
  }
  if (wish.kind === 'before') {
    feedbackBefore(connection).run(wish);
    inboxBefore(connection).run(wish);
  }
  if (wish.kind === 'product') {
    const product = productOf(connection).get(wish.account, wish.product);
    inboxBefore(connection).run({ before: Number.MAX_SAFE_INTEGER, product: wish.product });
    if (product !== undefined) return removeWholeProduct(context, product);
  }
  return true;
}

function ended({ id, kind, done }: Erasure): AuditEntry {
  return {
    who: { person: null, way: 'mayday', token: null },
    what: 'erasure.done',
    object: `erasure ${id}`,
    network: '',
    outcome: 'done',
    detail: { kind, reports: done },
  };
}

/** Sessions tell users by the first bytes of a hash. */
function forgetUser(connection: Connection, user: string): void {
  for (const forget of SESSIONS_OF_USER) forget(connection).run(first8(user));
}

function first8(text: string): Uint8Array {
  return hash('sha256', text.toWellFormed(), 'buffer').subarray(0, 8);
}
