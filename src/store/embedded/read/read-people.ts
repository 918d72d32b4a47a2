// Users, sessions, tokens and one-time secrets: the reads.
import type { ApiToken, OneTimeSecret, StoredSession, TokenOwner, TokenScope, User } from '../../people.ts';
import type { ProductName } from '../../reports.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

interface UserRow {
  readonly id: number;
  readonly email: string;
  readonly name: string;
  readonly isAdmin: number;
  readonly passwordHash: string;
  readonly createdAt: number;
  readonly disabled: number;
}

const USER = `
  users.id, users.email, users.name, users.is_admin AS isAdmin,
  users.password_hash AS passwordHash, users.created_at AS createdAt, users.disabled`;

const countUsers = query<[], number>(`SELECT count(*) FROM users`);
const selectUserById = query<[id: number], UserRow>(`SELECT ${USER} FROM users WHERE id = ?`);
const selectUserByEmail = query<[email: string], UserRow>(`SELECT ${USER} FROM users WHERE email = ?`);
const selectUsers = query<[], UserRow>(`SELECT ${USER} FROM users ORDER BY id`);

/** How many users there are, disabled ones included. */
export function userCount(connection: Connection): number {
  return countUsers(connection).pluck().get() ?? 0;
}

/** The user with this id, or null. */
export function userById(connection: Connection, id: number): User | null {
  return toUser(selectUserById(connection).get(id));
}

/** The user with this address, whatever its case, or null. */
export function userByEmail(connection: Connection, email: string): User | null {
  return toUser(selectUserByEmail(connection).get(email));
}

const selectUserByIdentity = query<[issuer: string, subject: string], UserRow>(`
  SELECT ${USER} FROM users JOIN identities ON identities.user_id = users.id WHERE issuer = ? AND subject = ?`);

/** Whom a provider means, or null. */
export function userByIdentity(connection: Connection, issuer: string, subject: string): User | null {
  return toUser(selectUserByIdentity(connection).get(issuer, subject));
}

/** Everybody, oldest first. */
export function listUsers(connection: Connection): readonly User[] {
  return selectUsers(connection)
    .all()
    .map((row) => fromUserRow(row));
}

const SESSION = `
  sessions.id_hash AS idHash, sessions.user_id AS userId, sessions.csrf, sessions.created_at AS createdAt,
  sessions.seen_at AS seenAt, sessions.proven_at AS provenAt, sessions.expires_at AS expiresAt, sessions.network,
  sessions.agent`;

const selectSession = query<[idHash: string, now: number], StoredSession>(`
  SELECT ${SESSION} FROM sessions WHERE id_hash = ? AND expires_at > ?`);

const selectSessionsOf = query<[userId: number, now: number], StoredSession>(`
  SELECT ${SESSION} FROM sessions WHERE user_id = ? AND expires_at > ? ORDER BY seen_at DESC, id_hash`);

/** A session that still holds, and whose it is. */
export function sessionByHash(
  connection: Connection,
  idHash: string,
  now: number,
): { readonly user: User; readonly session: StoredSession } | null {
  const session = selectSession(connection).get(idHash, now);
  const user = session === undefined ? null : userById(connection, session.userId);
  return session === undefined || user === null || user.disabled ? null : { user, session };
}

/** A person's sessions that still hold, the one used last before others. */
export function listSessions(connection: Connection, userId: number, now: number): readonly StoredSession[] {
  return selectSessionsOf(connection).all(userId, now);
}

interface TokenRow {
  readonly id: number;
  readonly userId: number | null;
  readonly account: string | null;
  readonly label: string;
  readonly scopes: string;
  readonly products: string | null;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly lastUsedAt: number | null;
}

const TOKEN = `
  tokens.id, tokens.user_id AS userId, accounts.name AS account, tokens.label, tokens.scopes,
  CASE WHEN tokens.products IS NOT NULL THEN (
    SELECT json_group_array(json_object('account', owners.name, 'product', products.name))
    FROM json_each(tokens.products)
      JOIN products ON products.id = json_each.value
      JOIN accounts AS owners ON owners.id = products.account_id) END AS products,
  tokens.created_at AS createdAt, tokens.expires_at AS expiresAt, tokens.last_used_at AS lastUsedAt
  FROM tokens LEFT JOIN accounts ON accounts.id = tokens.account_id`;

const selectToken = query<[hash: string, now: number], TokenRow>(`
  SELECT ${TOKEN}
  WHERE tokens.hash = ? AND (tokens.expires_at IS NULL OR tokens.expires_at > ?) AND accounts.closed_at IS NULL`);

const selectTokensOfUser = query<[userId: number], TokenRow>(
  `SELECT ${TOKEN} WHERE tokens.user_id = ? ORDER BY tokens.id`,
);
const selectTokensOfAccount = query<[account: string], TokenRow>(
  `SELECT ${TOKEN} WHERE accounts.name = ? ORDER BY tokens.id`,
);

/** A token that still holds, and whose it is. */
export function tokenByHash(
  connection: Connection,
  hash: string,
  now: number,
): { readonly token: ApiToken; readonly user: User | null } | null {
  const row = selectToken(connection).get(hash, now);
  if (row === undefined) return null;
  const token = fromTokenRow(row);
  if (row.userId === null) return { token, user: null };
  const user = userById(connection, row.userId);
  return user === null || user.disabled ? null : { token, user };
}

/** The tokens of a person or an account, expired ones included. */
export function listTokens(connection: Connection, owner: TokenOwner): readonly ApiToken[] {
  const rows =
    'userId' in owner
      ? selectTokensOfUser(connection).all(owner.userId)
      : selectTokensOfAccount(connection).all(owner.account);
  return rows.map(fromTokenRow);
}

const oneTimeOfPurpose = query<[purpose: string, now: number], OneTimeSecret>(`
  SELECT hash, data, expires_at AS expiresAt FROM one_time_secrets WHERE purpose = ? AND expires_at > ?
  ORDER BY expires_at, hash`);

/** See the contract. */
export function listOneTime(connection: Connection, purpose: string, now: number): readonly OneTimeSecret[] {
  return oneTimeOfPurpose(connection).all(purpose, now);
}

const selectOneTime = query<[hash: string, purpose: string, now: number], string>(`
  SELECT data FROM one_time_secrets WHERE hash = ? AND purpose = ? AND expires_at > ?`);

/** The data of a one-time secret without using it up, or null. */
export function peekOneTime(
  connection: Connection,
  hash: string,
  purpose: string,
  now: number,
): string | null {
  return selectOneTime(connection).pluck().get(hash, purpose, now) ?? null;
}

function toUser(row: UserRow | undefined): User | null {
  return row === undefined ? null : fromUserRow(row);
}

function fromUserRow({ isAdmin, disabled, ...same }: UserRow): User {
  return { ...same, isAdmin: isAdmin === 1, disabled: disabled === 1 };
}

function fromTokenRow({ scopes, products, ...same }: TokenRow): ApiToken {
  return {
    ...same,
    scopes: JSON.parse(scopes) as TokenScope[],
    products: products === null ? null : (JSON.parse(products) as ProductName[]),
  };
}
