// Whom a provider's word lets in: a person who is linked already, one with the same verified e-mail address, or, where the operator says so, a
// new one. What groups say is applied at each sign-in. Nothing is changed for somebody who is refused.
import type { TeamChange } from '../../store/accounts.ts';
import type { AuditDetail } from '../../store/audit.ts';
import type { User } from '../../store/people.ts';
import { bothRights } from '../../store/rights.ts';
import type { ProductRight } from '../../store/rights.ts';
import type { ReportsContext } from '../reports-context.ts';
import type { Claimed, ProviderSettings } from '../sign-in-provider.ts';
import { normalEmail } from './email.ts';

export type Admission =
  | (Extract<LetIn, { readonly ok: true }> & { readonly teams: TeamChange })
  | { readonly ok: false; readonly fault: string };

type LetIn =
  | {
      readonly ok: true;
      readonly user: User;
      /** What was linked and given, for the audit log. */
      readonly noted: AuditDetail;
    }
  | { readonly ok: false; readonly fault: string };

const no = (fault: string) => ({ ok: false, fault }) as const;

/** Lets somebody in with the teams of their groups, or says why not, in a sentence. */
export async function admit(
  context: ReportsContext,
  settings: ProviderSettings,
  claimed: Claimed,
): Promise<Admission> {
  const { groupsFault } = claimed;
  if (groupsFault !== null && (settings.groups.length > 0 || settings.teams.length > 0)) {
    context.log.warn(
      { provider: settings.id, why: groupsFault },
      'a provider said groups that are not all looked at',
    );
  }
  const admission = await letIn(context, settings, claimed);
  if (!admission.ok) return admission;
  const groups = new Set(claimed.groups);
  const teams = await context.store.accounts.followGroups({
    account: settings.account,
    userId: admission.user.id,
    provider: settings.id,
    teams: settings.teams.filter(({ group }) => groups.has(group)).map(({ team }) => team),
  });
  nameUnknown(context, settings, teams.unknown);
  return { ...admission, teams };
}

/** Teams of the setting that were said not to be there: said once for each, not at each sign-in. */
const saidUnknown = new WeakMap<ProviderSettings, Set<string>>();

function nameUnknown({ log }: ReportsContext, settings: ProviderSettings, teams: readonly string[]): void {
  const said = saidUnknown.get(settings) ?? new Set<string>();
  saidUnknown.set(settings, said);
  for (const team of teams) {
    if (said.has(team)) continue;
    said.add(team);
    log.warn(
      { provider: settings.id, account: settings.account, team },
      'groups of a provider lead to a team that is not there',
    );
  }
}

async function letIn(
  { store, log }: ReportsContext,
  settings: ProviderSettings,
  claimed: Claimed,
): Promise<LetIn> {
  const { accounts, people } = store;
  const { account } = settings;
  const { issuer, subject } = claimed;
  const email = claimed.email === null ? null : normalEmail(claimed.email);
  if (settings.domains.length > 0) {
    const domain = email?.split('@').at(-1) ?? '';
    if (!settings.domains.includes(domain)) {
      return no(
        `${settings.name} does not say that your e-mail address is one of ${settings.domains.join(', ')}.`,
      );
    }
  }
  const found = rightsOf(settings, claimed);
  if (found === 'none') return no(`None of your groups at ${settings.name} may sign in here.`);
  const rights: ProductRight | null = found;
  let noted: AuditDetail = {};
  const linked = await people.userByIdentity(issuer, subject);
  if (linked !== null) return linked.disabled ? no('Your account is switched off.') : apply(linked);
  if (email === null) {
    return no(
      `${settings.name} does not say that it has verified your e-mail address, so nobody can tell whose account is yours.`,
    );
  }
  const known = await people.userByEmail(email);
  if (known?.disabled === true) return no('Your account is switched off.');
  if (known === null && !settings.create) {
    return no(
      'Nobody has invited this e-mail address. Ask an administrator of this server for an invitation.',
    );
  }
  const isGiven = rights !== null || known === null;
  if (isGiven && (await accounts.find(account)) === null) return no(noAccount(settings));
  const user =
    known ??
    (await people.createUser({
      email,
      name: claimed.name || email,
      passwordHash: '',
      isAdmin: false,
    }));
  if (user === null) return no('Somebody with this e-mail address has just come in. Try again.');
  const linking = await people.addIdentity(user.id, issuer, subject);
  if (linking === 'taken') return no('This sign-in is linked to another account.');
  log.info({ user: user.id, provider: settings.id, created: known === null }, 'a provider was linked');
  noted = { linked: true, ...(known !== null && linking === 'first' && { otherWaysIn: 'ended' }) };
  // Somebody new begins with something; who was here keeps what they have, unless groups say it.
  return rights === null && known === null ? give(user, settings.right) : apply(user);

  async function apply(user: User): Promise<LetIn> {
    return rights === null ? { ok: true, user, noted } : give(user, rights);
  }

  /** Membership in the provider's account, and the right to each of its products. */
  async function give(user: User, right: ProductRight): Promise<LetIn> {
    const member = { account, userId: user.id, isAdmin: right.role === 'admin' };
    const outcome = await accounts.setMember(member, { keepsAdmin: true });
    // Groups take no last administrator away.
    const isAdmin = member.isAdmin || outcome === 'last_admin';
    if (outcome !== 'done' && outcome !== 'last_admin') return no(noAccount(settings));
    await accounts.grant({ account, product: null, to: { kind: 'user', id: user.id }, ...right });
    return { ok: true, user, noted: { ...noted, account, isAdmin, ...right } };
  }
}

const noAccount = ({ account, name }: ProviderSettings): string =>
  `The account ${account}, which ${name} leads to, is not here.`;

/** What the groups give together; null: groups are not looked at; `none`: no group that is named is among them. */
function rightsOf({ groups }: ProviderSettings, claimed: Claimed): ProductRight | 'none' | null {
  if (groups.length === 0) return null;
  const found = groups.filter(({ group }) => claimed.groups.includes(group));
  return found.map(({ right }) => right).reduce<ProductRight | null>(bothRights, null) ?? 'none';
}
