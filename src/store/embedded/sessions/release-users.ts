// Users of a version, each once, whatever day and environment: what rates of a release are rates of. Clients choose users and
// releases: both are bounded. Beyond the bound of users nobody is counted; beyond that of versions the least used one makes room, so that a
// flood of made-up releases takes the place of honest ones for a while and not for good.
import { randomBytes } from 'node:crypto';
import { releaseParts } from '../../../report/sentry/event-summary.ts';
import { installationNumber, NUMBER_BYTES } from '../database/installation-number.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

const MAX_USERS_OF_VERSION = 200_000;
export const MAX_VERSIONS_OF_PRODUCT = 200;
/** Rows that make room at once, so that the writer is not held up. */
export const MAX_FORGOTTEN = 2000;
/** Versions that one look at all users names; the next ones are asked for when these are gone. */
const MAX_LEAVING = 20;
/** The release and environment of sessions beyond the bounds of a day: no version. */
export const OTHERS = '(others)';

type UserOfVersion = [productId: number, version: string, user: number];

const knows = query<UserOfVersion, { firstDay: number; crashedDay: number | null }>(`
  SELECT first_day AS firstDay, crashed_day AS crashedDay FROM release_users
  WHERE product_id = ? AND version = ? AND user = ?`);
const insert = query<[...UserOfVersion, firstDay: number, crashedDay: number | null]>(`
  INSERT INTO release_users (product_id, version, user, first_day, crashed_day) VALUES (?, ?, ?, ?, ?)`);
const update = query<[firstDay: number, crashedDay: number | null, ...UserOfVersion]>(`
  UPDATE release_users SET first_day = ?, crashed_day = ? WHERE product_id = ? AND version = ? AND user = ?`);
const countUsers = query<[productId: number, version: string, limit: number], number>(`
  SELECT count(*) FROM (SELECT 1 FROM release_users WHERE product_id = ? AND version = ? LIMIT ?)`);
/** Skips from version to version, whatever number of users they have. */
const countVersions = query<[{ productId: number }], number>(`
  WITH RECURSIVE versions (version) AS (
    SELECT min(version) FROM release_users WHERE product_id = @productId
    UNION ALL
    SELECT (SELECT min(version) FROM release_users WHERE product_id = @productId AND version > versions.version)
    FROM versions WHERE versions.version IS NOT NULL
  )
  SELECT count(version) FROM versions`);
const leastUsed = query<[productId: number, limit: number], string>(`
  SELECT version FROM release_users WHERE product_id = ?
  GROUP BY version ORDER BY max(first_day), count(*), version LIMIT ?`);
const forgetUsers = query<[{ productId: number; version: string; limit: number }]>(`
  DELETE FROM release_users WHERE product_id = @productId AND version = @version AND user IN (
    SELECT user FROM release_users WHERE product_id = @productId AND version = @version LIMIT @limit)`);
const forget = query<[before: number]>(`DELETE FROM release_users WHERE first_day < ?`);

/** Counts a user of a session that began on a day. `user`: what the client calls it. */
export function addReleaseUser(
  connection: Connection,
  session: {
    readonly productId: number;
    readonly release: string;
    readonly day: number;
    readonly user: string;
    readonly crashed: boolean;
  },
): void {
  const { version } = releaseParts(session.release === '' ? null : session.release, null);
  if (version === null || version === OTHERS) return;
  const { productId, day, crashed } = session;
  const user = installationNumber(connection, productId, session.user);
  const known = knows(connection).get(productId, version, user);
  if (known === undefined) {
    if (isFull(connection, productId, version)) return;
    insert(connection).run(productId, version, user, day, crashed ? day : null);
    return;
  }
  const crashedDay = crashed ? Math.min(known.crashedDay ?? day, day) : known.crashedDay;
  const firstDay = Math.min(known.firstDay, day);
  if (crashedDay === known.crashedDay && firstDay === known.firstDay) return;
  update(connection).run(firstDay, crashedDay, productId, version, user);
}

const unname = query<[nobody: number, productId: number, user: number]>(`
  UPDATE OR IGNORE release_users SET user = ? WHERE product_id = ? AND user = ?`);
const remains = query<[productId: number, user: number], number>(`
  SELECT 1 FROM release_users WHERE product_id = ? AND user = ? LIMIT 1`);

/**
 * A user of a product becomes one that nobody can name: versions have as many users as before, and no row has the number of this one. Should
 * the user come again, they are counted again.
 */
export function unnameReleaseUser(connection: Connection, productId: number, name: string): void {
  const user = installationNumber(connection, productId, name);
  // A random number that another user of a version has already changes nothing there: the next one is tried.
  while (remains(connection).get(productId, user) !== undefined)
    unname(connection).run(randomBytes(NUMBER_BYTES).readUIntBE(0, NUMBER_BYTES), productId, user);
}

/** What counting or ranking for each new user would take long for: it is remembered, and asked for anew now and then. */
interface Remembered {
  /** Users of a version, and versions of a product. */
  readonly sizes: Map<string, number>;
  /** Versions of a product that make room next. */
  readonly leaving: Map<number, string[]>;
}
const remembered = new WeakMap<Connection, Remembered>();
const MAX_KEPT = 1000;

function rememberedOf(connection: Connection): Remembered {
  let known = remembered.get(connection);
  if (known === undefined || known.sizes.size > MAX_KEPT) {
    known = { sizes: new Map(), leaving: new Map() };
    remembered.set(connection, known);
  }
  return known;
}

const usersName = (productId: number, version: string): string => `${productId}\0${version}`;
const versionsName = (productId: number): string => String(productId);

/** Whether a version has no place for one more user; otherwise it is counted as taken. */
function isFull(connection: Connection, productId: number, version: string): boolean {
  const { sizes } = rememberedOf(connection);
  const name = usersName(productId, version);
  const size =
    sizes.get(name) ?? countUsers(connection).pluck().get(productId, version, MAX_USERS_OF_VERSION) ?? 0;
  if (size === 0) {
    const versions =
      sizes.get(versionsName(productId)) ?? countVersions(connection).pluck().get({ productId }) ?? 0;
    const isCrowded = versions >= MAX_VERSIONS_OF_PRODUCT;
    sizes.set(versionsName(productId), versions);
    if (isCrowded && !makeRoom(connection, productId)) return true;
    sizes.set(versionsName(productId), isCrowded ? versions : versions + 1);
  }
  sizes.set(name, size + 1);
  return size >= MAX_USERS_OF_VERSION;
}

/** Forgets some users of the version that nobody began to use for the longest time; true: it is gone, and another has its place. */
function makeRoom(connection: Connection, productId: number): boolean {
  const { sizes, leaving } = rememberedOf(connection);
  let next = leaving.get(productId) ?? [];
  if (next.length === 0) next = leastUsed(connection).pluck().all(productId, MAX_LEAVING);
  leaving.set(productId, next);
  const [version] = next;
  if (version === undefined) return true;
  const { changes } = forgetUsers(connection).run({ productId, version, limit: MAX_FORGOTTEN });
  sizes.delete(usersName(productId, version));
  if (changes === MAX_FORGOTTEN) return false;
  next.shift();
  return true;
}

/** Forgets users whose first session of a version is that long ago. */
export function forgetReleaseUsers(connection: Connection, before: number): void {
  if (forget(connection).run(before).changes > 0) remembered.delete(connection);
  // Which versions are used least may be another question by now; the answer is needed where a product has too many alone.
  else remembered.get(connection)?.leaving.clear();
}
