// Names of people by e-mail address: a bug holds the address of its assignee.
import type { ReportsContext } from '../reports-context.ts';

/** Those who can sign in, as choices of a select and as a map. */
export async function peopleNames(context: ReportsContext): Promise<{
  readonly names: ReadonlyMap<string, string>;
  readonly choices: readonly { readonly value: string; readonly label: string }[];
}> {
  const users = await context.store.people.listUsers();
  const label = ({ name, email }: { readonly name: string; readonly email: string }) => name || email;
  return {
    names: new Map(users.map((user) => [user.email, label(user)])),
    choices: users
      .filter(({ disabled }) => !disabled)
      .map((user) => ({ value: user.email, label: label(user) })),
  };
}
