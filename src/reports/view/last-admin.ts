// No change by its own people leaves an account without an administrator; administrators of the installation can appoint one at any time.
import type { KeepsAdmin } from '../../store/people.ts';
import type { Person } from '../auth/person.ts';

/** How whoever asks changes who belongs to an account. */
export function keepsAdmin(person: Person): KeepsAdmin {
  return { keepsAdmin: !person.isInstallationAdmin };
}

export const LAST_ADMIN =
  'That would leave the account without an administrator. Make somebody else one first.';
