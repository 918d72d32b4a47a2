// Invitations that nobody has used yet, into accounts that whoever asks administers.
import { readInvitation } from '../auth/one-time-link.ts';
import type { Invitation } from '../auth/one-time-link.ts';
import type { Person } from '../auth/person.ts';
import type { SeenStore } from '../gate/gate.ts';
import type { ReportsContext } from '../reports-context.ts';

export interface Pending {
  readonly hash: string;
  readonly expiresAt: number;
  readonly invitation: Invitation;
}

/** The one that ends first before others. */
export async function pendingInvitations({
  context,
  seen,
  person,
}: {
  readonly context: ReportsContext;
  readonly seen: SeenStore;
  readonly person: Person;
}): Promise<readonly Pending[]> {
  const secrets = await context.store.people.listOneTime('invitation', context.now());
  return secrets.flatMap(({ hash, expiresAt, data }) => {
    const invitation = readInvitation(data);
    if (invitation === null) return [];
    return person.isInstallationAdmin || seen.settings.administers(invitation.account)
      ? [{ hash, expiresAt, invitation }]
      : [];
  });
}
