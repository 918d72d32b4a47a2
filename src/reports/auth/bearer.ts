// Bearer tokens of the API: tokens that people made, and MAYDAY_ADMIN_TOKEN from the environment.
import type { TokenScope } from '../../store/people.ts';
import type { ReportsContext } from '../reports-context.ts';
import type { Person } from './person.ts';
import { lowerRole } from './person.ts';
import { hashSecret, newSecret, sameSecret } from './secrets.ts';

/** API tokens begin with this, so that secret scanners and people recognise them. */
const PREFIX = 'mayday_';

const BEARER = /^Bearer +(\S{1,200})$/i;

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
  const token = BEARER.exec(authorization ?? '')?.[1];
  if (token === undefined) return null;
  if (context.adminToken !== null && sameSecret(context.adminToken, token)) {
    return { user: null, role: 'admin', seesProtected: true };
  }
  const found = await context.store.people.tokenByHash(hashSecret(token), context.now());
  // A token of a scope is good for what the scope names, and for nothing else.
  if (found === null || ((found.token.scope ?? null) !== null && found.token.scope !== scope)) return null;
  return {
    user: found.user,
    token: found.token.id,
    role: lowerRole(found.token.role, found.user.role),
    seesProtected: found.token.seesProtected && found.user.seesProtected,
  };
}

/** What is wrong with a request that has no person. */
export interface TokenFault {
  readonly code: 'no_token' | 'wrong_token';
  /** A sentence that says what its sender has to change. */
  readonly message: string;
}

/** Why an Authorization header names nobody who may call the API. */
export async function bearerFault(
  context: ReportsContext,
  authorization: string | undefined,
): Promise<TokenFault> {
  if (authorization === undefined || authorization.trim() === '') {
    return {
      code: 'no_token',
      message:
        'Send "Authorization: Bearer <token>"; tokens are made on the account page of the reports server.',
    };
  }
  const token = BEARER.exec(authorization)?.[1];
  if (token === undefined) {
    return { code: 'wrong_token', message: 'The Authorization header is not "Bearer <token>".' };
  }
  const found = await context.store.people.tokenByHash(hashSecret(token), context.now());
  if (found !== null) {
    return {
      code: 'wrong_token',
      message: `This token is for ${found.token.scope ?? 'something else'} alone.`,
    };
  }
  return { code: 'wrong_token', message: unknownToken(token) };
}

/** What to tell somebody whose token is not known. */
export function unknownToken(token: string): string {
  return token.startsWith(PREFIX)
    ? 'No token of this server is like that: it was deleted, has expired, or is not whole.'
    : `No token of this server is like that: those that people made begin with "${PREFIX}".`;
}
