// Second factors and recovery codes: the writes.
import { MAX_FACTORS } from '../../second-factors.ts';
import type { SecondFactor } from '../../second-factors.ts';
import { query } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';

const countOf = query<[userId: number], number>(`SELECT count(*) FROM second_factors WHERE user_id = ?`);
const insert = query<
  [
    userId: number,
    kind: string,
    label: string,
    secret: string,
    credential: string | null,
    counter: number,
    createdAt: number,
  ]
>(`
  INSERT INTO second_factors (user_id, kind, label, secret, credential, counter, created_at)
  VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (credential) DO NOTHING`);

/** See the contract; a seed comes sealed. */
export function addFactor(
  { connection }: WriteContext,
  { userId, kind, label, secret, credential, counter, createdAt }: Omit<SecondFactor, 'id' | 'usedAt'>,
): boolean {
  if ((countOf(connection).pluck().get(userId) ?? 0) >= MAX_FACTORS) return false;
  const row = [userId, kind, label, secret, credential, counter, createdAt] as const;
  return insert(connection).run(...row).changes > 0;
}

// Passkeys that are synchronised between devices count no signatures: theirs stays 0 (WebAuthn 6.1.1).
const use = query<[counter: number, now: number, id: number, counter: number, counter: number]>(`
  UPDATE second_factors SET counter = ?, used_at = ?
  WHERE id = ? AND (counter < ? OR (kind = 'passkey' AND counter = 0 AND ? = 0))`);

/** See the contract. */
export function useFactor({ connection }: WriteContext, id: number, counter: number, now: number): boolean {
  return use(connection).run(counter, now, id, counter, counter).changes > 0;
}

const remove = query<[userId: number, id: number]>(`DELETE FROM second_factors WHERE user_id = ? AND id = ?`);
const removeAll = query<[userId: number]>(`DELETE FROM second_factors WHERE user_id = ?`);
const removeCodes = query<[userId: number]>(`DELETE FROM recovery_codes WHERE user_id = ?`);

/** See the contract. */
export function removeFactor({ connection }: WriteContext, userId: number, id: number): boolean {
  const removed = remove(connection).run(userId, id).changes > 0;
  if ((countOf(connection).pluck().get(userId) ?? 0) === 0) removeCodes(connection).run(userId);
  return removed;
}

/** See the contract. */
export function clearFactors({ connection }: WriteContext, userId: number): number {
  removeCodes(connection).run(userId);
  return removeAll(connection).run(userId).changes;
}

const insertCode = query<[userId: number, hash: string]>(
  `INSERT INTO recovery_codes (user_id, hash) VALUES (?, ?)`,
);
const takeCode = query<[userId: number, hash: string]>(
  `DELETE FROM recovery_codes WHERE user_id = ? AND hash = ?`,
);

/** Replaces a person's recovery codes. */
export function setRecoveryCodes(
  { connection }: WriteContext,
  userId: number,
  hashes: readonly string[],
): void {
  removeCodes(connection).run(userId);
  for (const hash of hashes) insertCode(connection).run(userId, hash);
}

/** True once for each code. */
export function useRecoveryCode({ connection }: WriteContext, userId: number, hash: string): boolean {
  return takeCode(connection).run(userId, hash).changes > 0;
}
