// A person with the same right to every product of every account that there is.
import type { User } from '../../../src/store/people.ts';
import type { Role } from '../../../src/store/rights.ts';
import type { Store } from '../../../src/store/store.ts';

export interface NewPerson {
  readonly email: string;
  readonly name?: string;
  readonly role: Role;
  readonly seesProtected?: boolean;
  /** Default: as `seesProtected`. */
  readonly seesDumps?: boolean;
  readonly passwordHash?: string;
  /** Default: those who are administrators of everything else. */
  readonly isAdmin?: boolean;
  /** Default: all. */
  readonly accounts?: readonly string[];
}

/** Throws where the address is taken. */
export async function addUser(store: Store, person: NewPerson): Promise<User> {
  const { email, role, name = email, seesProtected = false, seesDumps = seesProtected } = person;
  const { isAdmin = role === 'admin', passwordHash = 'x' } = person;
  const user = await store.people.createUser({ email, name, isAdmin, passwordHash });
  if (user === null) throw new Error(`there is a ${email} already`);
  const all = (await store.accounts.list()).map((account) => account.name);
  for (const account of person.accounts ?? all) {
    await store.accounts.setMember({ account, userId: user.id, isAdmin: role === 'admin' });
    const to = { kind: 'user', id: user.id } as const;
    await store.accounts.grant({ account, product: null, to, role, seesProtected, seesDumps });
  }
  return user;
}

/** From now on the person has this right to every product of every account, and no other. */
export async function giveRight(
  store: Store,
  userId: number,
  {
    role,
    seesProtected = false,
    seesDumps = seesProtected,
  }: Pick<NewPerson, 'role' | 'seesProtected' | 'seesDumps'>,
): Promise<void> {
  await store.people.updateUser(userId, { isAdmin: role === 'admin' });
  for (const { name: account } of await store.accounts.list()) {
    await store.accounts.setMember({ account, userId, isAdmin: role === 'admin' });
    const to = { kind: 'user', id: userId } as const;
    await store.accounts.grant({ account, product: null, to, role, seesProtected, seesDumps });
  }
}
