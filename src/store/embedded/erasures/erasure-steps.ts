// Erasures in the writer's transaction: their wishes, the reports that were found for them, and one step after the other until none is left.
// A step deletes some reports and counts them; a crash between two steps loses nothing, and housekeeping goes on.
import type { AuditEntry } from '../../audit.ts';
import type { Erasure, ErasureWish } from '../../erasures.ts';
import { addAudit } from '../audit/audit-rows.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { mailOf, markOfName } from '../../shared/named-persons.ts';
import { noteErased } from '../journal/journal-rows.ts';
import { deleteReport } from '../write/change-report.ts';
import { noteUnnamed, unnameInstallations } from '../filing/erase-filed.ts';
import { erasedOf, findErasable, isMailOf } from '../read/find-erasable.ts';
import { unnameReleaseUser } from '../sessions/release-users.ts';
import { removeWholeProduct } from '../write/idle-products.ts';
import { noteErasure } from '../write/purge.ts';
import { eraseBesideProducts } from './erase-account.ts';

/** Reports that one step deletes; others wait for the thread. */
const OF_STEP = 25;
/** What nobody has confirmed for so long is withdrawn. */
const WAITS_MS = 86_400_000;
const LISTED = 100;

const COLUMNS = `id, at, person, kind, state, found, done, ended_at AS endedAt`;
const insertErasure = query<[at: number, person: number | null, kind: string, wish: string], Erasure>(`
  INSERT INTO erasures (at, person, kind, wish, state, found, done)
  VALUES (?, ?, ?, sealed(?, 'erasures.wish'), 'counting', 0, 0) RETURNING ${COLUMNS}`);
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
const wishOf = query<[id: number], string>(`SELECT opened(wish, 'erasures.wish') FROM erasures WHERE id = ?`);
const setWithdrawn = query<[at: number, id: number]>(`
  UPDATE erasures SET state = 'withdrawn', wish = '', ended_at = ? WHERE id = ? AND state IN ('counting', 'ready')`);
const forgotten = query<[before: number], number>(`
  SELECT id FROM erasures WHERE state IN ('counting', 'ready') AND at < ?`);
const forgetFound = query<[id: number]>(`DELETE FROM erasure_reports WHERE erasure_id = ?`);
const underWay = query<[], Erasure & { readonly wish: string }>(`
  SELECT ${COLUMNS}, opened(wish, 'erasures.wish') AS wish FROM erasures WHERE state = 'erasing' ORDER BY id LIMIT 1`);
const nextFound = query<[id: number, limit: number], string>(`
  SELECT crash_id FROM erasure_reports WHERE erasure_id = ? LIMIT ?`);
const foundAfter = query<[id: number, after: string, limit: number], string>(`
  SELECT crash_id FROM erasure_reports WHERE erasure_id = ? AND crash_id > ? ORDER BY crash_id LIMIT ?`);
const dropFound = query<[id: number, crashId: string]>(`
  DELETE FROM erasure_reports WHERE erasure_id = ? AND crash_id = ?`);
const countDone = query<[by: number, id: number]>(`UPDATE erasures SET done = done + ? WHERE id = ?`);
const newestReport = query<[], number | null>(`SELECT max(id) FROM reports`);
const setLooked = query<[to: number | null, until: number, more: number, id: number]>(`
  UPDATE erasures SET wish = sealed(json_set(opened(wish, 'erasures.wish'), '$.lookedTo', ?, '$.lookUntil', ?), 'erasures.wish'), found = found + ? WHERE id = ?`);
const setDone = query<[at: number, id: number]>(`
  UPDATE erasures SET state = 'done', wish = '', ended_at = ? WHERE id = ?`);

export function getErasure(connection: Connection, id: number): Erasure | null {
  return byId(connection).get(id) ?? null;
}

export function foundOf(connection: Connection, id: number, after: string, limit: number): readonly string[] {
  return foundAfter(connection).pluck().all(id, after, limit);
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

/** Gives how many are new. */
export function addErasable({ connection }: WriteContext, id: number, crashIds: readonly string[]): number {
  let added = 0;
  for (const crashId of crashIds) added += insertFound(connection).run(id, crashId).changes;
  return added;
}

export function erasureReady({ connection }: WriteContext, id: number): Erasure | null {
  setReady(connection).run({ id });
  return getErasure(connection, id);
}

export function confirmErasure({ connection }: WriteContext, id: number, now: number): boolean {
  if (setErasing(connection).run(id).changes === 0) return false;
  // From now on it is owed, also by a backup of before: what is lost on the way comes back with no restore.
  const wish = wishOf(connection).pluck().get(id);
  if (wish !== undefined) noteErased(connection, id, JSON.parse(wish) as ErasureWish, now);
  return true;
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
  // What a product had, and what was old, is told by the erasure itself.
  const noted = erasure.kind !== 'product' && erasure.kind !== 'account' && erasure.kind !== 'before';
  for (const crashId of crashIds) {
    await deleteReport(context, crashId, { noted });
    dropFound(connection).run(erasure.id, crashId);
  }
  countDone(connection).run(crashIds.length, erasure.id);
  if (crashIds.length === 0) {
    const wish = JSON.parse(erasure.wish) as WishUnderWay;
    if (!lookAgain(context, erasure.id, wish) && (await eraseBeside(context, wish, now))) {
      noteErasure(connection, now);
      noteErased(connection, erasure.id, wish, now);
      addAudit(context, [{ at: now, entry: ended(erasure) }]);
      setDone(connection).run(now, erasure.id);
    }
  }
  return getErasure(connection, erasure.id);
}

/**
 * `lookedTo`: how far reports were looked through once more when those that were counted were gone; null: to the end, which is the
 * newest report of when that began (`lookUntil`): else it might never end while reports keep coming.
 */
type WishUnderWay = ErasureWish & { readonly lookedTo?: number | null; readonly lookUntil?: number };

/** Processed reports that are unpacked at once; some are large. */
const UNPACKED_AT_ONCE = 25;
/** A step that finds nothing goes on about so long. */
const LOOK_MS = 40;

/** Looks for what came, or was processed, between counting and now; false: nothing is left to look at. What a search found stays what it was. */
function lookAgain(context: WriteContext, id: number, wish: WishUnderWay): boolean {
  if (wish.kind === 'search' || wish.lookedTo === null) return false;
  const { connection } = context;
  const until = wish.lookUntil ?? newestReport(connection).pluck().get() ?? 0;
  const giveUpAt = performance.now() + LOOK_MS;
  let to: number | null = wish.lookedTo ?? 0;
  let more = 0;
  do {
    const page = findErasable(connection, wish, to, UNPACKED_AT_ONCE);
    more += addErasable(context, id, page.crashIds);
    to = page.next === null || page.next >= until ? null : page.next;
  } while (to !== null && more === 0 && performance.now() < giveUpAt);
  setLooked(connection).run(to, until, more, id);
  return true;
}

/** Numbers of the products that a wish is of. */
const OF_PRODUCTS = `SELECT products.id FROM products JOIN accounts ON accounts.id = products.account_id
    WHERE (@account IS NULL OR accounts.name = @account) AND (@product IS NULL OR products.name = @product)`;
interface Of {
  readonly account: string | null;
  readonly product: string | null;
}

const feedbackMails = query<[Of], { id: number; email: string }>(
  `SELECT id, opened(email, 'feedback.email') AS email FROM feedback WHERE email <> '' AND product_id IN (${OF_PRODUCTS})`,
);
const deleteFeedback = query<[id: number]>(`DELETE FROM feedback WHERE id = ?`);
const feedbackBefore = query<[Of & { before: number }]>(`
  DELETE FROM feedback WHERE at < @before AND product_id IN (${OF_PRODUCTS})`);
/** Lines of before there were accounts name a product alone: where another account has one of that name, they stay. */
const inboxBefore = query<[Of & { before: number }]>(`
  DELETE FROM inbox
  WHERE json_extract(opened(entry, 'inbox.entry'), '$.at') < @before AND (@product IS NULL OR json_extract(opened(entry, 'inbox.entry'), '$.product') = @product)
    AND (@account IS NULL OR json_extract(opened(entry, 'inbox.entry'), '$.account') = @account OR (
      json_extract(opened(entry, 'inbox.entry'), '$.account') IS NULL
      AND (@product IS NOT NULL OR json_extract(opened(entry, 'inbox.entry'), '$.product') IN (
        SELECT products.name FROM products JOIN accounts ON accounts.id = products.account_id WHERE accounts.name = @account))
      AND json_extract(opened(entry, 'inbox.entry'), '$.product') NOT IN (
        SELECT products.name FROM products JOIN accounts ON accounts.id = products.account_id WHERE accounts.name <> @account)))`);
const SESSIONS_OF_USER = [
  `UPDATE client_sessions SET user = NULL WHERE user = @user AND product_id IN (${OF_PRODUCTS})`,
  `DELETE FROM session_users WHERE user = @user AND product_id IN (${OF_PRODUCTS})`,
].map((sql) => query<[Of & { user: Uint8Array }]>(sql));
const productsOf = query<[Of], number>(OF_PRODUCTS);
const deleteAsked = query<[Of & { id: string }]>(`
  DELETE FROM installations WHERE CAST(id AS TEXT) = @id AND product_id IN (${OF_PRODUCTS})`);
const firstOf = query<[Of], { id: number; account: string; name: string }>(`
  SELECT products.id, accounts.name AS account, products.name
  FROM products JOIN accounts ON accounts.id = products.account_id
  WHERE accounts.name = @account AND (@product IS NULL OR products.name = @product) LIMIT 1`);

/** What is kept beside reports; false: there is more of it. */
export async function eraseBeside(context: WriteContext, wish: ErasureWish, now: number): Promise<boolean> {
  const { connection } = context;
  if (wish.kind === 'search') return true;
  const of = erasedOf(connection, wish);
  if (wish.kind === 'person') {
    for (const { id, email } of feedbackMails(connection).all(of))
      if (isMailOf(wish, email)) deleteFeedback(connection).run(id);
    // Sessions name a user by whatever the client has of them: an id, or their address.
    const { user, mail } = wish;
    const names = [user, ...(mail === null ? [] : [mail, mailOf(mail)])].filter((name) => name !== null);
    for (const name of new Set(names)) forgetUser(connection, name, of);
  }
  if (wish.kind === 'installation') {
    // The same number stands for it in all sums of a product.
    for (const id of productsOf(connection).pluck().all(of))
      noteUnnamed(connection, id, markOfName(wish.installation));
    unnameInstallations(connection);
    deleteAsked(connection).run({ id: wish.installation, ...of });
    forgetUser(connection, wish.installation, of);
  }
  if (wish.kind === 'before') {
    feedbackBefore(connection).run({ before: wish.before, ...of });
    inboxBefore(connection).run({ before: wish.before, ...of });
  }
  if (wish.kind === 'product' || wish.kind === 'account') {
    inboxBefore(connection).run({ before: Number.MAX_SAFE_INTEGER, ...of });
    const product = firstOf(connection).get(of);
    if (product !== undefined && !(await removeWholeProduct(context, product))) return false;
    if (firstOf(connection).get(of) !== undefined) return false;
    return wish.kind === 'product' || eraseBesideProducts(context, of.account ?? wish.account, now);
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

/** Sessions tell users by the first bytes of a hash, users of releases by their number within the product. */
function forgetUser(connection: Connection, user: string, of: Of): void {
  for (const forget of SESSIONS_OF_USER) forget(connection).run({ user: markOfName(user), ...of });
  for (const productId of productsOf(connection).pluck().all(of))
    unnameReleaseUser(connection, productId, user);
}
