// Bearer tokens of the API: tokens that people made, and MAYDAY_ADMIN_TOKEN from the environment.
import type { TokenScope } from '../../store/people.ts';
import type { ReportsContext } from '../reports-context.ts';
import type { Person } from './person.ts';
import { lowerRole } from './person.ts';
import { hashSecret, newSecret, sameSecret } from './secrets.ts';

/** API tokens begin with this, so that secret scanners and people recognise them. */
const PREFIX = 'mayday_';

/** A fresh API token and what the store keeps of it. */
export function newApiToken(): { readonly token: string; readonly hash: string } {
  const token = `${PREFIX}${newSecret()}`;
  return { token, hash: hashSecret(token) };
}

/** The person behind an Authorization header; null where it names nobody. `scope`: what it is asked for, where tokens can be for that alone. */
export async function personByBearer(
  context: ReportsContext,
  authorization: string | undefined,
  scope: TokenScope | null = null,
): Promise<Person | null> {
  const token = /^Bearer +(\S{1,200})$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) return null;
  if (context.adminToken !== null && sameSecret(context.adminToken, token)) {
    return { user: null, role: 'admin', seesProtected: true };
  }
  const found = await context.store.people.tokenByHash(hashSecret(token), context.now());
  // A token of a scope is good for what the scope names, and for nothing else.
  if (found === null || ((found.token.scope ?? null) !== null && found.token.scope !== scope)) return null;
  return {
    user: found.user,
    role: lowerRole(found.token.role, found.user.role),
    seesProtected: found.token.seesProtected && found.user.seesProtected,
  };
}
