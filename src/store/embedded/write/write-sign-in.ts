// Sessions of people, and the change of a password that ends them: the writes.
import { MAX_SESSIONS } from '../../people.ts';
import type { StoredSession } from '../../people.ts';
import { query } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { clearFactors } from './write-factors.ts';
import { clearOneTime } from './write-one-time.ts';

const insertIdentity = query<[issuer: string, subject: string, userId: number, now: number]>(`
  INSERT INTO identities (issuer, subject, user_id, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`);

const anyIdentity = query<[userId: number], number>(`SELECT 1 FROM identities WHERE user_id = ? LIMIT 1`);

/** See the contract. */
export function addIdentity(
  context: WriteContext,
  { userId, issuer, subject }: { readonly userId: number; readonly issuer: string; readonly subject: string },
  now: number,
): 'first' | 'further' | 'taken' {
  const { connection } = context;
  const isFurther = anyIdentity(connection).pluck().get(userId) !== undefined;
  if (insertIdentity(connection).run(issuer, subject, userId, now).changes === 0) return 'taken';
  if (isFurther) return 'further';
  setPassword(context, userId, '');
  clearFactors(context, userId);
  return 'first';
}

const deleteExpiredSessions = query<[now: number]>(`DELETE FROM sessions WHERE expires_at <= ?`);

const deleteSessionsBeyond = query<[userId: number, userId: number, keep: number]>(`
  DELETE FROM sessions WHERE user_id = ? AND id_hash NOT IN (
    SELECT id_hash FROM sessions WHERE user_id = ? ORDER BY seen_at DESC, id_hash LIMIT ?)`);

const insertSession = query<
  [
    idHash: string,
    userId: number,
    csrf: string,
    expiresAt: number,
    createdAt: number,
    seenAt: number,
    provenAt: number,
    network: string,
    agent: string,
  ]
>(`
  INSERT INTO sessions (id_hash, user_id, csrf, expires_at, created_at, seen_at, proven_at, network, agent)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`);

const deleteSessionByHash = query<[idHash: string]>(`DELETE FROM sessions WHERE id_hash = ?`);
const deleteOneOfUser = query<[idHash: string, userId: number]>(
  `DELETE FROM sessions WHERE id_hash = ? AND user_id = ?`,
);
const deleteSessionsOfUser = query<[userId: number]>(`DELETE FROM sessions WHERE user_id = ?`);

/** Stores a session; those that have expired go at the same time, and the person's beyond `MAX_SESSIONS`. */
export function createSession(
  { connection }: WriteContext,
  session: Omit<StoredSession, 'seenAt'>,
  now: number,
): void {
  const { idHash, userId, csrf, expiresAt, createdAt, provenAt, network, agent } = session;
  deleteExpiredSessions(connection).run(now);
  deleteSessionsBeyond(connection).run(userId, userId, MAX_SESSIONS - 1);
  insertSession(connection).run(
    ...([idHash, userId, csrf, expiresAt, createdAt, createdAt, provenAt, network, agent] as const),
  );
}

const moveSessionEnd = query<[expiresAt: number, seenAt: number, idHash: string]>(`
  UPDATE sessions SET expires_at = ?, seen_at = ? WHERE id_hash = ?`);

/** Moves the end of a session; nothing happens where it is gone. */
export function extendSession(
  { connection }: WriteContext,
  idHash: string,
  { expiresAt, seenAt }: Pick<StoredSession, 'expiresAt' | 'seenAt'>,
): void {
  moveSessionEnd(connection).run(expiresAt, seenAt, idHash);
}

const giveNewId = query<[newHash: string, provenAt: number, idHash: string]>(`
  UPDATE sessions SET id_hash = ?, proven_at = ? WHERE id_hash = ?`);

/** See the contract. */
export function renewSession(
  { connection }: WriteContext,
  idHash: string,
  change: Pick<StoredSession, 'idHash' | 'provenAt'>,
): boolean {
  return giveNewId(connection).run(change.idHash, change.provenAt, idHash).changes > 0;
}

/** Signs out one session. */
export function deleteSession({ connection }: WriteContext, idHash: string): void {
  deleteSessionByHash(connection).run(idHash);
}

/** False where this user has no such session. */
export function deleteSessionOf({ connection }: WriteContext, userId: number, idHash: string): boolean {
  return deleteOneOfUser(connection).run(idHash, userId).changes > 0;
}

/** Signs a person out everywhere. */
export function deleteSessionsOf({ connection }: WriteContext, userId: number): void {
  deleteSessionsOfUser(connection).run(userId);
}

const changePassword = query<[passwordHash: string, id: number]>(
  `UPDATE users SET password_hash = ? WHERE id = ?`,
);
const deleteTokensOfUser = query<[userId: number]>(`DELETE FROM tokens WHERE user_id = ?`);

/** See the contract. */
export function setPassword(context: WriteContext, userId: number, passwordHash: string): boolean {
  const { connection } = context;
  if (changePassword(connection).run(passwordHash, userId).changes === 0) return false;
  deleteSessionsOfUser(connection).run(userId);
  deleteTokensOfUser(connection).run(userId);
  clearOneTime(context, 'reset', String(userId));
  return true;
}
