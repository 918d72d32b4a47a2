// One-time links: first set-up, invitations, password resets. The secret is in the link, its hash in the store.
import { ROLES } from '../../store/rights.ts';
import type { ProductRight } from '../../store/rights.ts';
import type { Store } from '../../store/store.ts';
import { hashSecret, newSecret } from './secrets.ts';

/** What a one-time link is for. The word is also the first segment of its path. */
export type OneTimePurpose = 'setup' | 'invitation' | 'reset';

const DAY_MS = 86_400_000;
const LIFE_MS: Readonly<Record<OneTimePurpose, number>> = {
  setup: 7 * DAY_MS,
  invitation: 7 * DAY_MS,
  reset: DAY_MS,
};

/** What an invitation grants: a membership, and with it a right to every product of the account, a place in a team, or both. */
export interface Invitation {
  readonly email: string;
  readonly account: string;
  readonly isAdmin: boolean;
  /** Null: only what everybody of the account and of the team has. */
  readonly right: ProductRight | null;
  readonly team: number | null;
}

/** Makes a link that works once. */
export async function createOneTimeLink(
  store: { readonly people: Pick<Store['people'], 'createOneTime'> },
  options: {
    readonly purpose: OneTimePurpose;
    readonly data: string;
    readonly reportsUrl: string;
    readonly now: number;
  },
): Promise<string> {
  const secret = newSecret();
  await store.people.createOneTime({
    hash: hashSecret(secret),
    purpose: options.purpose,
    data: options.data,
    expiresAt: options.now + LIFE_MS[options.purpose],
  });
  return `${options.reportsUrl.replace(/\/+$/, '')}/${options.purpose}/${secret}`;
}

/**
 * The link that creates the first administrator; null when there are people already. It replaces the one of an earlier
 * start. Called at the start of the reports role; the command line prints it.
 */
export async function createSetupLink(
  store: Pick<Store, 'people'>,
  reportsUrl: string,
  now: number = Date.now(),
): Promise<string | null> {
  if ((await store.people.userCount()) > 0) return null;
  await store.people.clearOneTime('setup');
  return createOneTimeLink(store, { purpose: 'setup', data: '', reportsUrl, now });
}

/** The invitation in a stored text; null where it is not one. */
export function readInvitation(data: string): Invitation | null {
  try {
    const value: unknown = JSON.parse(data);
    if (typeof value !== 'object' || value === null) return null;
    const { email, account = 'default', isAdmin, right, team, ...old } = value as Record<string, unknown>;
    if (typeof email !== 'string' || typeof account !== 'string') return null;
    // Before there were accounts an invitation said its role at the top.
    const isOld = right === undefined;
    return {
      email,
      account,
      isAdmin: isOld ? old['role'] === 'admin' : isAdmin === true,
      right: readRight(isOld ? { ...old, seesDumps: old['seesProtected'] } : right),
      team: typeof team === 'number' ? team : null,
    };
  } catch {
    return null;
  }
}

function readRight(value: unknown): ProductRight | null {
  if (typeof value !== 'object' || value === null) return null;
  const { role: named, seesProtected, seesDumps } = value as Record<string, unknown>;
  const role = ROLES.find((known) => known === (named === 'write' ? 'triage' : named));
  if (role === undefined) return null;
  return { role, seesProtected: seesProtected === true, seesDumps: seesDumps === true };
}
