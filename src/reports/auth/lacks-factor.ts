// SECOND_FACTOR: who must have a second factor. Whoever lacks one sees the page where it is added, and nothing else.
import type { Person } from './person.ts';
import type { ReportsContext } from '../reports-context.ts';

/** Whether this server wants a second factor of a person who has none. API tokens are no sign-in: they are not asked. */
export async function lacksFactor({
  context,
  person,
}: {
  readonly context: ReportsContext;
  readonly person: Person | null;
}): Promise<boolean> {
  const user = person?.user ?? null;
  if (user === null || context.secondFactor === 'optional') return false;
  if (context.secondFactor === 'admins' && (person === null || !administers(person))) return false;
  return (await context.store.people.listFactors(user.id)).length === 0;
}

/** The installation, an account, or a product. */
function administers({ isInstallationAdmin, role, rights }: Person): boolean {
  return isInstallationAdmin || role === 'admin' || rights.accounts.some(({ isAdmin }) => isAdmin);
}
