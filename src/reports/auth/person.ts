// Who is asking, and what that allows: the one place where roles are compared.
import type { Role, User } from '../../store/people.ts';

/** The one behind a request: a signed-in user, an API token's user, or the environment's administrator token. */
export interface Person {
  /** Null: MAYDAY_ADMIN_TOKEN, which belongs to nobody. */
  readonly user: User | null;
  readonly role: Role;
  readonly seesProtected: boolean;
  /** `ApiToken.id` of the token that they came with; absent: they are signed in. */
  readonly token?: number;
}

/**
 * What a route asks for. `anyone`: no sign-in. `read`, `write`, `admin`: at least this role.
 * `protected`: `read` and the separate right to see protected data.
 */
export type Access = 'anyone' | 'read' | 'write' | 'admin' | 'protected';

const RANK: Readonly<Record<Role, number>> = { read: 1, write: 2, admin: 3 };

/** Whether a person may use a route; null is nobody. */
export function allows(access: Access, person: Person | null): boolean {
  if (access === 'anyone') return true;
  if (person === null) return false;
  if (access === 'protected') return person.seesProtected;
  return RANK[person.role] >= RANK[access];
}

/** The lower of two roles: a token never does more than its owner may now. */
export function lowerRole(one: Role, other: Role): Role {
  return RANK[one] < RANK[other] ? one : other;
}

/** The person that a user is. */
export function personOf(user: User): Person {
  return { user, role: user.role, seesProtected: user.seesProtected };
}
