// Sessions become counts: each counts once in its day, release and environment, whichever update comes first, and a change moves
// it from one count to another. Clients choose releases and users: of one product and day both are bounded.
import { hash } from 'node:crypto';
import type { SessionBucket, SessionOutcome, SessionUpdate } from '../../../report/session-update.ts';
import { SESSION_LIFE_DAYS } from '../../release-health.ts';
import { query } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { findProductId } from '../transaction/product-rows.ts';
import { addReleaseUser, forgetReleaseUsers, OTHERS } from './release-users.ts';

const DAY_MS = 86_400_000;
const MAX_PLACES_OF_DAY = 500;
const MAX_USERS_OF_DAY = 100_000;
/** Sessions of a product and day that are remembered by id; beyond, they are counted as they are told first. */
const MAX_SESSIONS_OF_DAY = 200_000;

interface Place {
  readonly productId: number;
  readonly day: number;
  readonly release: string;
  readonly environment: string;
}

/** Takes updates and buckets. Those that began too long ago, or in the future, are not counted; gives how many. */
export function putSessions(
  context: WriteContext,
  { account, product, now }: { readonly account: string; readonly product: string; readonly now: number },
  updates: readonly SessionUpdate[],
  buckets: readonly SessionBucket[],
): number {
  const productId = findProductId(context, account, product);
  if (productId === null) return updates.length + buckets.length;
  const today = Math.floor(now / DAY_MS);
  let left = 0;
  for (const update of updates) {
    const day = countedDay(update.startedAt, today);
    if (day === null) left += 1;
    else
      putUpdate(
        context,
        { productId, day, release: update.release, environment: update.environment },
        update,
      );
  }
  for (const bucket of buckets) {
    const day = countedDay(bucket.startedAt, today);
    if (day === null) left += 1;
    else
      putBucket(
        context,
        { productId, day, release: bucket.release, environment: bucket.environment },
        bucket,
      );
  }
  return left;
}

/** The day on which a session counts; clocks that are a little fast count today. Null: its time to change is over. */
function countedDay(startedAt: number, today: number): number | null {
  const day = Math.min(Math.floor(startedAt / DAY_MS), today);
  return day <= today - SESSION_LIFE_DAYS ? null : day;
}

interface SessionRow {
  readonly day: number;
  readonly release: string;
  readonly environment: string;
  readonly user: Buffer | null;
  readonly outcome: SessionOutcome;
  readonly final: number;
  readonly rank: number;
}

const selectSession = query<[productId: number, sid: Uint8Array], SessionRow>(`
  SELECT day, release, environment, user, outcome, final, rank FROM client_sessions WHERE product_id = ? AND sid = ?`);
const sessionsOfDay = query<[productId: number, day: number], number>(`
  SELECT sum(sessions) FROM session_counts WHERE product_id = ? AND day = ?`);
const insertSession = query<unknown[]>(`
  INSERT INTO client_sessions (product_id, sid, day, release, environment, user, outcome, final, rank)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
const updateSession = query<
  [outcome: string, final: number, rank: number, productId: number, sid: Uint8Array]
>(`
  UPDATE client_sessions SET outcome = ?, final = ?, rank = ? WHERE product_id = ? AND sid = ?`);

function putUpdate(context: WriteContext, asked: Place, update: SessionUpdate): void {
  const { connection } = context;
  const sid = hash('sha256', update.sid, 'buffer').subarray(0, 16);
  const { outcome, rank } = update;
  const final = update.final ? 1 : 0;
  const known = selectSession(connection).get(asked.productId, sid);
  if (known === undefined) {
    const place = boundedPlace(context, asked);
    const user = update.user === null ? null : userKey(update.user);
    const isRemembered =
      (sessionsOfDay(connection).pluck().get(place.productId, place.day) ?? 0) < MAX_SESSIONS_OF_DAY;
    addToCounts(context, place, { sessions: 1, outcome, count: 1 });
    const counted = user !== null && addUser(context, place, user, outcome === 'crashed');
    if (update.user !== null) {
      const crashed = outcome === 'crashed';
      addReleaseUser(connection, { ...place, release: asked.release, user: update.user, crashed });
    }
    if (!isRemembered) return;
    insertSession(connection).run(
      ...[place.productId, sid, place.day, place.release, place.environment],
      ...[counted ? user : null, outcome, final, rank],
    );
    return;
  }
  if (known.final === 1 || rank < known.rank) return;
  updateSession(connection).run(outcome, final, rank, asked.productId, sid);
  if (known.outcome === outcome) return;
  const { day, release, environment, user } = known;
  const place = { productId: asked.productId, day, release, environment };
  addToCounts(context, place, { sessions: 0, outcome: known.outcome, count: -1 });
  addToCounts(context, place, { sessions: 0, outcome, count: 1 });
  if (outcome !== 'crashed') return;
  if (user !== null) addUser(context, place, user, true);
  if (update.user !== null)
    addReleaseUser(connection, { ...place, release: asked.release, user: update.user, crashed: true });
}

function putBucket(context: WriteContext, asked: Place, { counts, user }: SessionBucket): void {
  const place = boundedPlace(context, asked);
  let sessions = 0;
  for (const [outcome, count] of Object.entries(counts) as [SessionOutcome, number][]) {
    if (count === 0) continue;
    sessions += count;
    addToCounts(context, place, { sessions: count, outcome, count });
  }
  if (sessions === 0 || user === null) return;
  const crashed = counts.crashed > 0;
  addUser(context, place, userKey(user), crashed);
  addReleaseUser(context.connection, { ...place, release: asked.release, user, crashed });
}

const findPlace = query<[productId: number, day: number, release: string, environment: string], number>(`
  SELECT 1 FROM session_counts WHERE product_id = ? AND day = ? AND release = ? AND environment = ?`);
const countPlaces = query<[productId: number, day: number], number>(`
  SELECT count(*) FROM session_counts WHERE product_id = ? AND day = ?`);
const insertPlace = query<[productId: number, day: number, release: string, environment: string]>(`
  INSERT INTO session_counts (product_id, day, release, environment) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`);

/** The row that counts a place; beyond the bound of the day that of all others. */
function boundedPlace({ connection }: WriteContext, asked: Place): Place {
  const { productId, day, release, environment } = asked;
  if (findPlace(connection).get(productId, day, release, environment) !== undefined) return asked;
  const isFull = (countPlaces(connection).pluck().get(productId, day) ?? 0) >= MAX_PLACES_OF_DAY;
  const place = isFull ? { productId, day, release: OTHERS, environment: OTHERS } : asked;
  insertPlace(connection).run(productId, day, place.release, place.environment);
  return place;
}

const addCounts = query<
  [
    sessions: number,
    errored: number,
    unhandled: number,
    abnormal: number,
    crashed: number,
    productId: number,
    day: number,
    release: string,
    environment: string,
  ]
>(`
  UPDATE session_counts SET
    sessions = sessions + ?, errored = errored + ?, unhandled = unhandled + ?, abnormal = abnormal + ?,
    crashed = crashed + ?
  WHERE product_id = ? AND day = ? AND release = ? AND environment = ?`);

function addToCounts(
  { connection }: WriteContext,
  { productId, day, release, environment }: Place,
  {
    sessions,
    outcome,
    count,
  }: { readonly sessions: number; readonly outcome: SessionOutcome; readonly count: number },
): void {
  const of = (one: SessionOutcome): number => (one === outcome ? count : 0);
  addCounts(connection).run(
    sessions,
    ...([of('errored'), of('unhandled'), of('abnormal'), of('crashed')] as const),
    ...([productId, day, release, environment] as const),
  );
}

type UserKey = readonly [
  productId: number,
  day: number,
  release: string,
  environment: string,
  user: Uint8Array,
];

const selectUser = query<[...UserKey], number>(`
  SELECT crashed FROM session_users
  WHERE product_id = ? AND day = ? AND release = ? AND environment = ? AND user = ?`);
const insertUser = query<[...UserKey, crashed: number]>(`
  INSERT INTO session_users (product_id, day, release, environment, user, crashed) VALUES (?, ?, ?, ?, ?, ?)`);
const markCrashed = query<[...UserKey]>(`
  UPDATE session_users SET crashed = 1
  WHERE product_id = ? AND day = ? AND release = ? AND environment = ? AND user = ?`);
const usersOfDay = query<[productId: number, day: number], number>(`
  SELECT ifnull(sum(users), 0) FROM session_counts WHERE product_id = ? AND day = ?`);
const addUsers = query<
  [users: number, crashed: number, productId: number, day: number, release: string, environment: string]
>(`
  UPDATE session_counts SET users = users + ?, crashed_users = crashed_users + ?
  WHERE product_id = ? AND day = ? AND release = ? AND environment = ?`);

/** Counts a user once; false where the day has as many as it may. */
function addUser({ connection }: WriteContext, place: Place, user: Uint8Array, crashed: boolean): boolean {
  const { productId, day, release, environment } = place;
  const key = [productId, day, release, environment, user] as const;
  const known = selectUser(connection)
    .pluck()
    .get(...key);
  if (known === undefined) {
    if ((usersOfDay(connection).pluck().get(productId, day) ?? 0) >= MAX_USERS_OF_DAY) return false;
    insertUser(connection).run(...key, crashed ? 1 : 0);
    addUsers(connection).run(1, crashed ? 1 : 0, productId, day, release, environment);
  } else if (crashed && known === 0) {
    markCrashed(connection).run(...key);
    addUsers(connection).run(0, 1, productId, day, release, environment);
  }
  return true;
}

function userKey(user: string): Uint8Array {
  return hash('sha256', user, 'buffer').subarray(0, 8);
}

const forgetSessions = query<[before: number]>(`DELETE FROM client_sessions WHERE day < ?`);
const forgetUsers = query<[before: number]>(`DELETE FROM session_users WHERE day < ?`);
const forgetCounts = query<[before: number]>(`DELETE FROM session_counts WHERE day < ?`);
const forgetClientCounts = query<[before: number]>(`DELETE FROM client_counts WHERE day < ?`);
const KEEP_COUNTS_DAYS = 400;

/** Forgets sessions and users that can change no more, and counts of long ago. */
export function forgetOldSessions({ connection }: WriteContext, now: number): void {
  const today = Math.floor(now / DAY_MS);
  forgetSessions(connection).run(today - SESSION_LIFE_DAYS);
  forgetUsers(connection).run(today - SESSION_LIFE_DAYS);
  forgetCounts(connection).run(today - KEEP_COUNTS_DAYS);
  forgetReleaseUsers(connection, today - KEEP_COUNTS_DAYS);
  forgetClientCounts(connection).run(today - KEEP_COUNTS_DAYS);
}
