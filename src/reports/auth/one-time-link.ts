// One-time links: first set-up, invitations, password resets. The secret is in the link, its hash in the store.
import { ROLES } from '../../store/people.ts';
import type { Role } from '../../store/people.ts';
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

/** What an invitation grants. */
export interface Invitation {
  readonly email: string;
  readonly role: Role;
  readonly seesProtected: boolean;
}

/** Makes a link that works once. */
export async function createOneTimeLink(
  store: Pick<Store, 'people'>,
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
    const { email, role, seesProtected } = value as Record<string, unknown>;
    const known = ROLES.find((candidate) => candidate === role);
    if (typeof email !== 'string' || known === undefined) return null;
    return { email, role: known, seesProtected: seesProtected === true };
  } catch {
    return null;
  }
}
