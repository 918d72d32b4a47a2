// Bearer tokens of the API: tokens of people and accounts, and MAYDAY_ADMIN_TOKEN from the environment.
import type { ApiToken, TokenScope, User } from '../../store/people.ts';
import type { ProductRight, Rights } from '../../store/rights.ts';
import type { ReportsContext } from '../reports-context.ts';
import { personWith } from './person.ts';
import type { Person } from './person.ts';
import { hashSecret, sameSecret } from './secrets.ts';
import { isDamagedToken, newTokenText, TOKEN_PREFIX } from './token-text.ts';

const BEARER = /^Bearer +(\S{1,200})$/i;

/** A fresh API token and what the store keeps of it. */
export function newApiToken(kind: 'person' | 'service' = 'person'): {
  readonly token: string;
  readonly hash: string;
} {
  const token = newTokenText(kind);
  return { token, hash: hashSecret(token) };
}

/** The person that a user is, with what they may do now. */
export async function personOf({ store }: Pick<ReportsContext, 'store'>, user: User): Promise<Person> {
  return personWith({
    user,
    label: null,
    isInstallationAdmin: user.isAdmin,
    reads: true,
    limitedTo: null,
    rights: await store.accounts.rightsOf(user.id),
  });
}

/** What scopes allow at most with a product. Null: none of them is about reading or changing. */
export function rightOfScopes(scopes: readonly TokenScope[]): ProductRight | null {
  const has = (scope: TokenScope): boolean => scopes.includes(scope);
  const role = has('admin') ? 'admin' : has('triage') ? 'triage' : has('read') ? 'read' : null;
  return role === null ? null : { role, seesProtected: has('protected'), seesDumps: has('dumps') };
}

/**
 * The person behind an Authorization header; null where it names nobody. `scope`: what it is asked for, where tokens can be for that
 * alone.
 */
export async function personByBearer(
  context: ReportsContext,
  authorization: string | undefined,
  scope: 'symbols' | null = null,
): Promise<Person | null> {
  const token = BEARER.exec(authorization ?? '')?.[1];
  if (token === undefined) return null;
  const { accounts, people } = context.store;
  if (context.adminToken !== null && sameSecret(context.adminToken, token)) {
    const rights = await accounts.allRights();
    return personWith({
      user: null,
      label: null,
      isInstallationAdmin: true,
      reads: true,
      limitedTo: null,
      rights,
    });
  }
  const found = await people.tokenByHash(hashSecret(token), context.now());
  return found === null ? null : personOfToken(context, found, scope);
}

async function personOfToken(
  { store }: ReportsContext,
  { token, user }: { readonly token: ApiToken; readonly user: User | null },
  scope: 'symbols' | null,
): Promise<Person | null> {
  const allowed = rightOfScopes(token.scopes);
  // Uploads of symbols are the work of whoever may change bugs; a token for them alone does that and nothing else.
  const limit = scope === 'symbols' && token.scopes.includes('symbols') ? uploads(allowed) : allowed;
  if (limit === null) return null;
  const own = await rightsOfOwner(store.accounts, { token, user });
  return personWith({
    user,
    label: user === null ? token.label : null,
    token: token.id,
    isInstallationAdmin: user?.isAdmin === true && limit.role === 'admin' && token.products === null,
    reads: allowed !== null,
    limitedTo: token.products,
    rights: own.cutTo(limit, token.products),
  });
}

function uploads(right: ProductRight | null): ProductRight {
  return right === null || right.role === 'read'
    ? { role: 'triage', seesProtected: false, seesDumps: false }
    : right;
}

async function rightsOfOwner(
  accounts: ReportsContext['store']['accounts'],
  { token, user }: { readonly token: ApiToken; readonly user: User | null },
): Promise<Rights> {
  return user === null ? accounts.rightsIn(token.account ?? '') : accounts.rightsOf(user.id);
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
    return { code: 'wrong_token', message: `This token is for ${found.token.scopes.join(' and ')} alone.` };
  }
  return { code: 'wrong_token', message: unknownToken(token) };
}

/** What to tell somebody whose token is not known. */
export function unknownToken(token: string): string {
  if (isDamagedToken(token)) return 'The token is not whole: its last characters do not fit the others.';
  return token.startsWith(TOKEN_PREFIX)
    ? 'No token of this server is like that: it was deleted, has expired, or is not whole.'
    : `No token of this server is like that: those that people made begin with "${TOKEN_PREFIX}".`;
}
