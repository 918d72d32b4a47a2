// A new API token as it comes from a form or the API: never more than its owner may.
import type { ApiToken, Role, User } from '../../store/people.ts';
import { ROLES } from '../../store/people.ts';
import { newApiToken } from '../auth/bearer.ts';
import { lowerRole } from '../auth/person.ts';
import type { Person } from '../auth/person.ts';
import type { ReportsContext } from '../reports-context.ts';

const DAY_MS = 86_400_000;
const MAX_LABEL = 80;
/** Longest life of a token in days; null means no end. */
export const MAX_TOKEN_DAYS = 3650;
/** Tokens that one person may have. */
const MAX_TOKENS = 100;

/** What was asked for, unchecked. */
export interface TokenWish {
  readonly label: unknown;
  readonly role: unknown;
  /** `symbols`: for uploads of symbols and source maps alone, whatever the role. */
  readonly scope?: unknown;
  readonly seesProtected: unknown;
  readonly expiresInDays: unknown;
}

export type TokenResult =
  | { readonly ok: true; readonly token: string; readonly info: ApiToken }
  | { readonly ok: false; readonly fault: string };

/** Makes a token for the person's own user; the secret is in the answer and nowhere else. */
export async function createApiToken(
  context: ReportsContext,
  options: { readonly person: Person; readonly user: User; readonly wish: TokenWish },
): Promise<TokenResult> {
  const { person, user, wish } = options;
  const label = typeof wish.label === 'string' ? wish.label.trim() : '';
  if (label === '' || label.length > MAX_LABEL) {
    return {
      ok: false,
      fault: `A token needs a label of at most ${MAX_LABEL} characters that says what uses it.`,
    };
  }
  const { scope = null } = wish;
  if (scope !== null && scope !== 'symbols')
    return { ok: false, fault: 'The scope must be symbols, or none.' };
  const wished = scope === null ? (wish.role ?? 'read') : 'write';
  const role: Role | undefined = ROLES.find((known) => known === wished);
  if (role === undefined) return { ok: false, fault: `The role must be one of ${ROLES.join(', ')}.` };
  if (lowerRole(role, person.role) !== role) {
    return { ok: false, fault: `The token cannot have the role ${role}: yours is ${person.role}.` };
  }
  const seesProtected = wish.seesProtected === true && scope === null;
  if (seesProtected && !person.seesProtected) {
    return { ok: false, fault: 'The token cannot see protected data: you cannot.' };
  }
  const days = wish.expiresInDays ?? null;
  if (
    days !== null &&
    (typeof days !== 'number' || !Number.isInteger(days) || days < 1 || days > MAX_TOKEN_DAYS)
  ) {
    return { ok: false, fault: `The life of a token is 1 to ${MAX_TOKEN_DAYS} days, or without end.` };
  }
  if ((await context.store.people.listTokens(user.id)).length >= MAX_TOKENS) {
    return { ok: false, fault: `You have ${MAX_TOKENS} tokens; revoke one that is no longer used.` };
  }
  const { token, hash } = newApiToken();
  const info = await context.store.people.createToken({
    userId: user.id,
    label,
    role,
    seesProtected,
    scope,
    expiresAt: days === null ? null : context.now() + days * DAY_MS,
    hash,
  });
  return { ok: true, token, info };
}
