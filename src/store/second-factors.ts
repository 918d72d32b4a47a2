// Store contract: what people prove beside a password, or instead of one, and their codes for the day when it is lost.

export type FactorKind = 'totp' | 'passkey';

export interface SecondFactor {
  readonly id: number;
  readonly userId: number;
  readonly kind: FactorKind;
  readonly label: string;
  /** totp: the seed as base32; empty where its key is missing. passkey: the public key as base64url. */
  readonly secret: string;
  /** passkey: the id of the credential, base64url. */
  readonly credential: string | null;
  /** totp: the last time step that was used. passkey: its count of signatures. */
  readonly counter: number;
  readonly createdAt: number;
  readonly usedAt: number | null;
}

/** Factors that one person may have. */
export const MAX_FACTORS = 10;

export interface FactorStore {
  listFactors(userId: number): Promise<readonly SecondFactor[]>;
  factorByCredential(credential: string): Promise<SecondFactor | null>;
  /** False: the person has `MAX_FACTORS`, or the credential is known already. */
  addFactor(factor: Omit<SecondFactor, 'id' | 'usedAt'>): Promise<boolean>;
  /** Notes a use. False: the counter is not above the last one (a code is used twice, a passkey was copied), unless both are 0. */
  useFactor(id: number, counter: number, now: number): Promise<boolean>;
  /** With the last factor the recovery codes go. False: the person has no such factor. */
  removeFactor(userId: number, id: number): Promise<boolean>;
  /** Takes all factors and recovery codes away; gives how many factors there were. */
  clearFactors(userId: number): Promise<number>;
  /** Replaces the recovery codes by others. Hashes are SHA-256, hex. */
  setRecoveryCodes(userId: number, hashes: readonly string[]): Promise<void>;
  /** Codes that nobody has used yet. */
  recoveryCodes(userId: number): Promise<number>;
  /** True once for each code. */
  useRecoveryCode(userId: number, hash: string): Promise<boolean>;
}
