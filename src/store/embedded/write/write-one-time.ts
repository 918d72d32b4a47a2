// One-time secrets (set-up link, invitations, password resets): the writes.
import { query } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';

const deleteExpired = query<[now: number]>(`DELETE FROM one_time_secrets WHERE expires_at <= ?`);

const insertSecret = query<[hash: string, purpose: string, data: string, expiresAt: number]>(`
  INSERT INTO one_time_secrets (hash, purpose, data, expires_at) VALUES (?, ?, ?, ?)`);

const takeSecret = query<[hash: string, purpose: string], { data: string; expiresAt: number }>(`
  DELETE FROM one_time_secrets WHERE hash = ? AND purpose = ? RETURNING data, expires_at AS expiresAt`);

const deleteOfPurpose = query<[purpose: string, data: string | null]>(
  `DELETE FROM one_time_secrets WHERE purpose = ? AND data = ifnull(?, data)`,
);

/** Stores a secret; those that have expired go at the same time. */
export function createOneTime(
  { connection }: WriteContext,
  secret: {
    readonly hash: string;
    readonly purpose: string;
    readonly data: string;
    readonly expiresAt: number;
  },
  now: number,
): void {
  deleteExpired(connection).run(now);
  insertSecret(connection).run(secret.hash, secret.purpose, secret.data, secret.expiresAt);
}

/** Gives a secret's data once; null: unknown, used or expired. */
export function takeOneTime(
  { connection }: WriteContext,
  hash: string,
  purpose: string,
  now: number,
): string | null {
  const [taken] = takeSecret(connection).all(hash, purpose);
  return taken === undefined || taken.expiresAt <= now ? null : taken.data;
}

/** Forgets every unused secret of a purpose, or those with this data alone. */
export function clearOneTime({ connection }: WriteContext, purpose: string, data: string | null): void {
  deleteOfPurpose(connection).run(purpose, data);
}
