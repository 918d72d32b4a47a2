// No change by its own people leaves an account without an administrator; administrators of the installation can appoint one at any time.
import type { Person } from '../auth/person.ts';
import type { ReportsContext } from '../reports-context.ts';

/** Whether nobody else administers the account, and whoever asks is one of its own people. */
export async function isLastAdmin(
  { context, person }: { readonly context: ReportsContext; readonly person: Person },
  account: string,
  userId: number,
): Promise<boolean> {
  if (person.isInstallationAdmin) return false;
  const members = await context.store.accounts.members(account);
  return !members.some((member) => member.isAdmin && member.userId !== userId);
}

export const LAST_ADMIN =
  'That would leave the account without an administrator. Make somebody else one first.';
