// Invitations into an account, as pages and the API make them: checked in one place.
import { createOneTimeLink, readInvitation } from '../auth/one-time-link.ts';
import type { Invitation } from '../auth/one-time-link.ts';
import { normalEmail } from '../auth/email.ts';
import type { Person } from '../auth/person.ts';
import type { SeenStore } from '../gate/gate.ts';
import type { ReportsContext } from '../reports-context.ts';

/** Invitations into one account that wait. */
const MAX_PENDING = 500;

/** An invitation that nobody has used yet. */
export interface PendingInvitation {
  /** SHA-256 of the secret, hex: names it, and lets nobody in. */
  readonly hash: string;
  readonly expiresAt: number;
  readonly invitation: Invitation;
}

interface Asking {
  readonly context: ReportsContext;
  readonly seen: SeenStore;
  readonly person: Person;
}

/** Those into accounts that whoever asks administers, the one that ends first before others. */
export async function pendingInvitations({
  context,
  seen,
  person,
}: Asking): Promise<readonly PendingInvitation[]> {
  const secrets = await context.store.people.listOneTime('invitation', context.now());
  return secrets.flatMap(({ hash, expiresAt, data }) => {
    const invitation = readInvitation(data);
    if (invitation === null) return [];
    return person.isInstallationAdmin || seen.settings.administers(invitation.account)
      ? [{ hash, expiresAt, invitation }]
      : [];
  });
}

/** What is asked for; the account is one that whoever asks administers. `team`: its name. */
export interface InvitationWish extends Omit<Invitation, 'team'> {
  readonly team: string | null;
}

export type InvitationResult =
  | { readonly ok: true; readonly link: string; readonly invitation: Invitation }
  | { readonly ok: false; readonly fault: string };

const bad = (fault: string): InvitationResult => ({ ok: false, fault });

/** Makes the link; a newer invitation of the same address into the same account makes the older ones void. */
export async function createInvitation(asking: Asking, wish: InvitationWish): Promise<InvitationResult> {
  const { context } = asking;
  const { accounts, people } = context.store;
  const { account, isAdmin, right } = wish;
  const email = normalEmail(wish.email);
  if (email === null) return bad('That is not an e-mail address.');
  const user = await people.userByEmail(email);
  const members = await accounts.members(account);
  if (user !== null && members.some(({ userId }) => userId === user.id))
    return bad('Somebody with this e-mail address belongs to the account already.');
  const teams = wish.team === null ? [] : await accounts.teams(account);
  const team = teams.find(({ name }) => name === wish.team)?.id ?? null;
  if (wish.team !== null && team === null) return bad('The account has no such team.');
  const pending = (await pendingInvitations(asking)).filter(
    ({ invitation }) => invitation.account === account,
  );
  const voided = pending.filter(({ invitation }) => invitation.email === email);
  if (pending.length - voided.length >= MAX_PENDING)
    return bad(`${MAX_PENDING} invitations into the account wait already: withdraw one.`);
  for (const { hash } of voided) await people.takeOneTime(hash, 'invitation', context.now());
  const invitation: Invitation = { email, account, isAdmin, right, team };
  const link = await createOneTimeLink(context.store, {
    purpose: 'invitation',
    data: JSON.stringify(invitation),
    reportsUrl: context.reportsUrl,
    now: context.now(),
  });
  return { ok: true, link, invitation };
}
