// Users and their API tokens: the writes.
import type { ApiToken, KeepsAdmin, TokenOwner, User } from '../../people.ts';
import { query } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';

type NewUser = Omit<User, 'id' | 'createdAt' | 'disabled'>;

const anyUser = query<[], number>(`SELECT 1 FROM users LIMIT 1`);

const insertUser = query<[email: string, name: string, isAdmin: number, passwordHash: string, at: number]>(`
  INSERT INTO users (email, name, is_admin, password_hash, created_at) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (email) DO NOTHING`);

/** The new user's id; null: the address is taken, or `onlyFirst` and there is a user already. */
export function createUser({ connection }: WriteContext, user: NewUser, onlyFirst: boolean): number | null {
  if (onlyFirst && anyUser(connection).pluck().get() !== undefined) return null;
  const { email, name, isAdmin, passwordHash } = user;
  const { changes, lastInsertRowid } = insertUser(connection).run(
    email,
    name,
    isAdmin ? 1 : 0,
    passwordHash,
    Date.now(),
  );
  return changes === 0 ? null : Number(lastInsertRowid);
}

type UserChange = Partial<Pick<User, 'name' | 'isAdmin' | 'disabled'>>;

/** Null leaves a column as it is; none of them can be null. */
const changeUser = query<[name: string | null, isAdmin: number | null, disabled: number | null, id: number]>(`
  UPDATE users SET
    name = ifnull(?, name), is_admin = ifnull(?, is_admin), disabled = ifnull(?, disabled)
  WHERE id = ?`);

/** Whether somebody is the only one who administers the installation and is not switched off. */
export const isOnlyAdmin = query<[{ id: number }], number>(`
  SELECT count(*) = 1 AND max(id) = @id FROM users WHERE is_admin = 1 AND disabled = 0`);

/** See the contract. */
export function updateUser(
  { connection }: WriteContext,
  id: number,
  change: UserChange,
  { keepsAdmin = false }: KeepsAdmin,
): 'done' | 'nobody' | 'last-admin' {
  const takesAdmin = change.isAdmin === false || change.disabled === true;
  if (keepsAdmin && takesAdmin && isOnlyAdmin(connection).pluck().get({ id }) === 1) return 'last-admin';
  const flag = (value: boolean | undefined): number | null => (value === undefined ? null : Number(value));
  const { changes } = changeUser(connection).run(
    change.name ?? null,
    flag(change.isAdmin),
    flag(change.disabled),
    id,
  );
  return changes > 0 ? 'done' : 'nobody';
}

type NewToken = Omit<ApiToken, 'id' | 'createdAt' | 'lastUsedAt'> & { readonly hash: string };

const insertToken = query<
  [
    {
      readonly userId: number | null;
      readonly account: string | null;
      readonly hash: string;
      readonly label: string;
      readonly scopes: string;
      readonly products: string | null;
      readonly createdAt: number;
      readonly expiresAt: number | null;
    },
  ]
>(`
  INSERT INTO tokens (user_id, account_id, hash, label, scopes, products, created_at, expires_at)
  VALUES (
    @userId, (SELECT id FROM accounts WHERE name = @account), @hash, @label, @scopes,
    -- By id: a product that is made anew under the name of one that went is another product.
    (SELECT json_group_array(products.id) FROM json_each(@products)
      JOIN accounts ON accounts.name = json_each.value ->> '$.account'
      JOIN products ON products.account_id = accounts.id AND products.name = json_each.value ->> '$.product'
      HAVING @products IS NOT NULL),
    @createdAt, @expiresAt)`);

const noteTokenUse = query<[now: number, id: number]>(`UPDATE tokens SET last_used_at = ? WHERE id = ?`);
const deleteTokenOf = query<[{ id: number; userId: number | null; account: string | null }]>(`
  DELETE FROM tokens
  WHERE id = @id AND user_id IS @userId AND account_id IS (SELECT id FROM accounts WHERE name = @account)`);

/** Stores a token. */
export function createToken({ connection }: WriteContext, token: NewToken): ApiToken {
  const { hash, ...shown } = token;
  const createdAt = Date.now();
  const { lastInsertRowid } = insertToken(connection).run({
    userId: token.userId,
    account: token.account,
    hash,
    label: token.label,
    scopes: JSON.stringify(token.scopes),
    products: token.products === null ? null : JSON.stringify(token.products),
    createdAt,
    expiresAt: token.expiresAt,
  });
  return { ...shown, id: Number(lastInsertRowid), createdAt, lastUsedAt: null };
}

/** Remembers when a token was last used. */
export function touchToken({ connection }: WriteContext, id: number, now: number): void {
  noteTokenUse(connection).run(now, id);
}

/** False where the owner has no such token. */
export function deleteToken({ connection }: WriteContext, owner: TokenOwner, id: number): boolean {
  const of =
    'userId' in owner ? { userId: owner.userId, account: null } : { userId: null, account: owner.account };
  return deleteTokenOf(connection).run({ id, ...of }).changes > 0;
}
