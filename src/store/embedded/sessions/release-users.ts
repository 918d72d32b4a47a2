// Users of a version, each once, whatever day and environment: what rates of a release are rates of. Clients choose users and
// releases: both are bounded, and beyond the bounds nobody is counted.
import { releaseParts } from '../../../report/sentry/event-summary.ts';
import { installationNumber } from '../database/installation-number.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

const MAX_USERS_OF_VERSION = 200_000;
const MAX_VERSIONS_OF_PRODUCT = 200;

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
const countVersions = query<[productId: number], number>(`
  SELECT count(*) FROM (SELECT DISTINCT version FROM release_users WHERE product_id = ?)`);
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
  if (version === null) return;
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

/** Counting all of them for each new one would take long: how many there are is remembered, and counted anew now and then. */
const sizes = new WeakMap<Connection, Map<string, number>>();
const MAX_KEPT = 1000;

function isFull(connection: Connection, productId: number, version: string): boolean {
  let known = sizes.get(connection);
  if (known === undefined || known.size > MAX_KEPT) sizes.set(connection, (known = new Map()));
  const name = `${productId}\0${version}`;
  let size = known.get(name);
  if (size === undefined) {
    size = countUsers(connection).pluck().get(productId, version, MAX_USERS_OF_VERSION) ?? 0;
    const isNew = size === 0;
    if (isNew && (countVersions(connection).pluck().get(productId) ?? 0) >= MAX_VERSIONS_OF_PRODUCT)
      return true;
  }
  known.set(name, size + 1);
  return size >= MAX_USERS_OF_VERSION;
}

/** Forgets users whose first session of a version is that long ago. */
export function forgetReleaseUsers(connection: Connection, before: number): void {
  forget(connection).run(before);
  sizes.delete(connection);
}
