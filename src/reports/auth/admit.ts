// Whom a provider's word lets in: a person who is linked already, one with the same verified e-mail address, or, where the operator says so, a
// new one. What groups say is applied at each sign-in. Nothing is changed for somebody who is refused.
import type { Role, User } from '../../store/people.ts';
import type { ReportsContext } from '../reports-context.ts';
import { lowerRole } from './person.ts';
import type { Claimed, ProviderSettings } from '../sign-in-provider.ts';
import { normalEmail } from './email.ts';

export type Admission =
  | { readonly ok: true; readonly user: User }
  | { readonly ok: false; readonly fault: string };

interface Rights {
  readonly role: Role;
  readonly seesProtected: boolean;
}

const no = (fault: string): Admission => ({ ok: false, fault });

/** Lets somebody in, or says why not, in a sentence. */
export async function admit(
  { store, log }: ReportsContext,
  settings: ProviderSettings,
  claimed: Claimed,
): Promise<Admission> {
  const { people } = store;
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
  const rights: Rights | null = found;
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
  const user =
    known ??
    (await people.createUser({
      email,
      name: claimed.name || email,
      passwordHash: '',
      role: rights?.role ?? settings.role,
      seesProtected: rights?.seesProtected ?? settings.seesProtected,
    }));
  if (user === null) return no('Somebody with this e-mail address has just come in. Try again.');
  if (!(await people.addIdentity(user.id, issuer, subject))) {
    return no('This sign-in is linked to another account.');
  }
  log.info({ user: user.id, provider: settings.id, created: known === null }, 'a provider was linked');
  return apply(user);

  async function apply(user: User): Promise<Admission> {
    if (rights === null) return { ok: true, user };
    if (rights.role === user.role && rights.seesProtected === user.seesProtected) return { ok: true, user };
    const others = (await people.listUsers()).some(
      (other) => other.id !== user.id && other.role === 'admin' && !other.disabled,
    );
    // Groups take no last administrator away.
    const role = user.role === 'admin' && !others ? user.role : rights.role;
    await people.updateUser(user.id, { role, seesProtected: rights.seesProtected });
    log.info({ user: user.id, role, provider: settings.id }, 'groups of a provider changed rights');
    return { ok: true, user: { ...user, role, seesProtected: rights.seesProtected } };
  }
}

/** What the groups give together; null: groups are not looked at; `none`: no group that is named is among them. */
function rightsOf({ groups }: ProviderSettings, claimed: Claimed): Rights | 'none' | null {
  if (groups.length === 0) return null;
  const found = groups.filter(({ group }) => claimed.groups.includes(group));
  const [first, ...others] = found;
  if (first === undefined) return 'none';
  return others.reduce<Rights>(
    (sum, one) => ({
      role: lowerRole(sum.role, one.role) === sum.role ? one.role : sum.role,
      seesProtected: sum.seesProtected || one.seesProtected,
    }),
    first,
  );
}
