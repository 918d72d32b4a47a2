// Users and their API tokens: the writes.
import type { ApiToken, User } from '../../people.ts';
import { query } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';

type NewUser = Omit<User, 'id' | 'createdAt' | 'disabled'>;

const anyUser = query<[], number>(`SELECT 1 FROM users LIMIT 1`);

const insertUser = query<
  [email: string, name: string, role: string, seesProtected: number, passwordHash: string, at: number]
>(`
  INSERT INTO users (email, name, role, sees_protected, password_hash, created_at) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (email) DO NOTHING`);

/** The new user's id; null: the address is taken, or `onlyFirst` and there is a user already. */
export function createUser({ connection }: WriteContext, user: NewUser, onlyFirst: boolean): number | null {
  if (onlyFirst && anyUser(connection).pluck().get() !== undefined) return null;
  const { email, name, role, seesProtected, passwordHash } = user;
  const { changes, lastInsertRowid } = insertUser(connection).run(
    email,
    name,
    role,
    seesProtected ? 1 : 0,
    passwordHash,
    Date.now(),
  );
  return changes === 0 ? null : Number(lastInsertRowid);
}

type UserChange = Partial<Pick<User, 'name' | 'role' | 'seesProtected' | 'disabled'>>;

/** Null leaves a column as it is; none of them can be null. */
const changeUser = query<
  [
    name: string | null,
    role: string | null,
    seesProtected: number | null,
    disabled: number | null,
    id: number,
  ]
>(`
  UPDATE users SET
    name = ifnull(?, name), role = ifnull(?, role), sees_protected = ifnull(?, sees_protected),
    disabled = ifnull(?, disabled)
  WHERE id = ?`);

/** False where there is no such user. */
export function updateUser({ connection }: WriteContext, id: number, change: UserChange): boolean {
  const flag = (value: boolean | undefined): number | null => (value === undefined ? null : Number(value));
  const { changes } = changeUser(connection).run(
    change.name ?? null,
    change.role ?? null,
    flag(change.seesProtected),
    flag(change.disabled),
    id,
  );
  return changes > 0;
}

type NewToken = Omit<ApiToken, 'id' | 'createdAt' | 'lastUsedAt'> & { readonly hash: string };

const insertToken = query<
  [
    userId: number,
    hash: string,
    label: string,
    role: string,
    seesProtected: number,
    createdAt: number,
    expiresAt: number | null,
    scope: string | null,
  ]
>(`
  INSERT INTO tokens (user_id, hash, label, role, sees_protected, created_at, expires_at, scope)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);

const noteTokenUse = query<[now: number, id: number]>(`UPDATE tokens SET last_used_at = ? WHERE id = ?`);
const deleteTokenOfUser = query<[id: number, userId: number]>(
  `DELETE FROM tokens WHERE id = ? AND user_id = ?`,
);

/** Stores a token. */
export function createToken({ connection }: WriteContext, token: NewToken): ApiToken {
  const { hash, ...shown } = token;
  const createdAt = Date.now();
  const { lastInsertRowid } = insertToken(connection).run(
    token.userId,
    hash,
    token.label,
    token.role,
    token.seesProtected ? 1 : 0,
    createdAt,
    token.expiresAt,
    token.scope ?? null,
  );
  return { ...shown, id: Number(lastInsertRowid), createdAt, lastUsedAt: null };
}

/** Remembers when a token was last used. */
export function touchToken({ connection }: WriteContext, id: number, now: number): void {
  noteTokenUse(connection).run(now, id);
}

/** False where this user has no such token. */
export function deleteToken({ connection }: WriteContext, userId: number, id: number): boolean {
  return deleteTokenOfUser(connection).run(id, userId).changes > 0;
}
