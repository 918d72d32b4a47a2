// Who is asking, and what that allows: the one place where roles are compared.
import { isAtLeast } from '../../store/rights.ts';
import type { Place, Rights, Role } from '../../store/rights.ts';
import type { User } from '../../store/people.ts';
import type { ProductName } from '../../store/reports.ts';

/** The one behind a request: a signed-in user, an API token of a user or an account, or the environment's administrator token. */
export interface Person {
  /** Null: MAYDAY_ADMIN_TOKEN, which belongs to nobody, or a service token, which belongs to an account. */
  readonly user: User | null;
  /** What histories call whoever is no user; null: MAYDAY_ADMIN_TOKEN. */
  readonly label: string | null;
  /** Administers the installation: accounts, people, the queue. No right to any product comes with it. */
  readonly isInstallationAdmin: boolean;
  /** What they may do, account by account. */
  readonly rights: Rights;
  /** Whether they may read at all: a token that is for uploads alone may not. */
  readonly reads: boolean;
  /** Products that the token is for alone; null: all that its owner has. */
  readonly limitedTo: readonly ProductName[] | null;
  /** What the request is about: the product or account that its address names; null: no single one. */
  readonly place: Place | null;
  /** The role there; without a place the highest anywhere. Null: none. */
  readonly role: Role | null;
  /** The rights there; without a place, whether they have them wherever they may read. */
  readonly seesProtected: boolean;
  /** `ApiToken.id` of the token that they came with; absent: they are signed in. */
  readonly token?: number;
  readonly seesDumps: boolean;
}

/**
 * What a route asks for, where its address names something there, else at least somewhere; lists and forms of routes that name nothing are
 * narrowed by the gate. `anyone`: no sign-in. `member`: signed in. `read`, `triage`, `admin`: at least this role. `protected` and
 * `dumps`: `read` and that right. `account`: administers the account that is named, or any. `whole`: may read the whole installation, or
 * administers it. `installation`: administers it.
 */
export type Access =
  | 'anyone'
  | 'member'
  | 'read'
  | 'triage'
  | 'admin'
  | 'protected'
  | 'dumps'
  | 'account'
  | 'whole'
  | 'installation';

/** Whether a person may use a route; null is nobody. */
export function allows(access: Access, person: Person | null): boolean {
  if (access === 'anyone') return true;
  if (person === null) return false;
  const { rights, place, role } = person;
  switch (access) {
    case 'member':
      return person.reads;
    case 'read':
      // Without a place a list is asked for, which has what they may read in it: nothing, for some.
      return person.reads && (place === null || role !== null);
    case 'triage':
    case 'admin':
      return isAtLeast(role, access);
    case 'protected':
      return (
        person.reads && (place === null ? rights.anywhere !== null : role !== null) && person.seesProtected
      );
    case 'dumps':
      return person.reads && (place === null ? rights.anywhere !== null : role !== null) && person.seesDumps;
    case 'account':
      return place === null
        ? person.isInstallationAdmin || rights.accounts.some(({ isAdmin }) => isAdmin)
        : person.isInstallationAdmin || rights.isAdminOf(place.account);
    case 'whole':
      return person.isInstallationAdmin || (person.reads && rights.isWhole);
    default:
      return person.isInstallationAdmin;
  }
}

/** Why a route is refused, in a sentence. */
export function refusalWords(access: Access, person: Person | null): string {
  const role = person?.role ?? 'none';
  switch (access) {
    case 'protected':
      return 'This is protected data, and your account does not have the right to see it.';
    case 'dumps':
      return 'These are attachments and dumps as they were sent, and your account does not have the right to see them.';
    case 'account':
      return 'This is for administrators of the account.';
    case 'whole':
      return 'This tells of all accounts, and is for administrators of the installation.';
    case 'installation':
      return 'This is for administrators of the installation.';
    default:
      return `This needs the role "${access}", and yours is "${role}".`;
  }
}

/** A person with what they may do, not yet at a place. */
export function personWith(who: Who): Person {
  return at(who, null);
}

/** A person wherever they stand. */
type Who = Pick<
  Person,
  'user' | 'label' | 'isInstallationAdmin' | 'reads' | 'rights' | 'limitedTo' | 'token'
>;

/** The same person asking about one product, or (null) about no single thing. */
export function at(who: Who, place: Place | null): Person {
  const { user, label, isInstallationAdmin, reads, rights, limitedTo, token } = who;
  const right = place === null ? rights.anywhere : rights.of(place);
  return {
    ...{ user, label, isInstallationAdmin, reads, rights, limitedTo, place },
    ...(token !== undefined && { token }),
    role: right?.role ?? null,
    seesProtected: right?.seesProtected === true,
    seesDumps: right?.seesDumps === true,
  };
}
