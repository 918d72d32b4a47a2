// Second factors and recovery codes: the reads.
import type { SecondFactor } from '../../second-factors.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

const FACTOR = `
  id, user_id AS userId, kind, label, secret, credential, counter, created_at AS createdAt, used_at AS usedAt`;

const ofUser = query<[userId: number], SecondFactor>(
  `SELECT ${FACTOR} FROM second_factors WHERE user_id = ? ORDER BY id`,
);
const byCredential = query<[credential: string], SecondFactor>(
  `SELECT ${FACTOR} FROM second_factors WHERE credential = ?`,
);
const countCodes = query<[userId: number], number>(`SELECT count(*) FROM recovery_codes WHERE user_id = ?`);

/** A person's factors, oldest first; seeds are sealed. */
export function listFactors(connection: Connection, userId: number): readonly SecondFactor[] {
  return ofUser(connection).all(userId);
}

/** The factor of a passkey, or null. */
export function factorByCredential(connection: Connection, credential: string): SecondFactor | null {
  return byCredential(connection).get(credential) ?? null;
}

/** Codes that nobody has used yet. */
export function recoveryCodes(connection: Connection, userId: number): number {
  return countCodes(connection).pluck().get(userId) ?? 0;
}
