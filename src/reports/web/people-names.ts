// Names of people by e-mail address: a bug holds the address of its assignee.
import type { SeenStore } from '../gate/gate.ts';

/** Those who can sign in and share an account with whoever asks, as choices of a select and as a map. */
export async function peopleNames(seen: SeenStore): Promise<{
  readonly names: ReadonlyMap<string, string>;
  readonly choices: readonly { readonly value: string; readonly label: string }[];
}> {
  const users = await seen.settings.colleagues();
  const label = ({ name, email }: { readonly name: string; readonly email: string }) => name || email;
  return {
    names: new Map(users.map((user) => [user.email, label(user)])),
    choices: users
      .filter(({ disabled }) => !disabled)
      .map((user) => ({ value: user.email, label: label(user) })),
  };
}
