// A new API token as it comes from a form or the API: never more than its owner may.
import type { ApiToken, TokenOwner, TokenScope } from '../../store/people.ts';
import { TOKEN_SCOPES } from '../../store/people.ts';
import type { ProductName } from '../../store/reports.ts';
import { isAtLeast, ROLES } from '../../store/rights.ts';
import { newApiToken, rightOfScopes } from '../auth/bearer.ts';
import type { Person } from '../auth/person.ts';
import type { SeenStore } from '../gate/gate.ts';
import type { ReportsContext } from '../reports-context.ts';
import type { Checked } from './bug-change.ts';
import { readRole } from './right-words.ts';

const DAY_MS = 86_400_000;
const MAX_LABEL = 80;
/** Longest life of a token in days; null means no end. */
export const MAX_TOKEN_DAYS = 3650;
/** Tokens that one person, or one account, may have. */
const MAX_TOKENS = 100;
const MAX_PRODUCTS = 100;

/** What was asked for, unchecked. */
export interface TokenWish {
  readonly label: unknown;
  /** Or, in place of them, `role` with `seesProtected`, or the one `scope` `symbols`: as it was asked for before there were scopes. */
  readonly scopes?: unknown;
  readonly role?: unknown;
  readonly scope?: unknown;
  readonly seesProtected?: unknown;
  /** Products that it is for alone: `{account, product}`; absent: all. */
  readonly products?: unknown;
  readonly expiresInDays: unknown;
}

export type TokenResult =
  | { readonly ok: true; readonly token: string; readonly info: ApiToken }
  | { readonly ok: false; readonly fault: string };

const bad = (fault: string): { readonly ok: false; readonly fault: string } => ({ ok: false, fault });
const good = <T>(value: T): Checked<T> => ({ ok: true, value });

/** Makes a token of a person, or a service token of an account; the secret is in the answer and nowhere else. */
export async function createApiToken(
  {
    context,
    person,
    seen,
  }: { readonly context: ReportsContext; readonly person: Person; readonly seen: SeenStore },
  owner: TokenOwner,
  wish: TokenWish,
): Promise<TokenResult> {
  const label = typeof wish.label === 'string' ? wish.label.trim() : '';
  if (label === '' || label.length > MAX_LABEL) {
    return bad(`A token needs a label of at most ${MAX_LABEL} characters that says what uses it.`);
  }
  const scopes = checkScopes(wish);
  if (!scopes.ok) return scopes;
  const excess = excessOf(scopes.value, owner, person);
  if (excess !== null) return bad(excess);
  const products = await checkProducts(wish.products ?? null, owner, { person, seen });
  if (!products.ok) return products;
  if (scopes.value.includes('send') && products.value?.length !== 1)
    return bad('A token that sends reports is for one product: name it.');
  const days = wish.expiresInDays ?? null;
  if (
    days !== null &&
    (typeof days !== 'number' || !Number.isInteger(days) || days < 1 || days > MAX_TOKEN_DAYS)
  ) {
    return bad(`The life of a token is 1 to ${MAX_TOKEN_DAYS} days, or without end.`);
  }
  const { people } = context.store;
  if ((await people.listTokens(owner)).length >= MAX_TOKENS) {
    return bad(`There are ${MAX_TOKENS} tokens; revoke one that is no longer used.`);
  }
  const isService = 'account' in owner;
  const { token, hash } = newApiToken(isService ? 'service' : 'person');
  const info = await people.createToken({
    userId: isService ? null : owner.userId,
    account: isService ? owner.account : null,
    label,
    scopes: scopes.value,
    products: products.value,
    expiresAt: days === null ? null : context.now() + days * DAY_MS,
    hash,
  });
  return { ok: true, token, info };
}

function checkScopes(wish: TokenWish): Checked<readonly TokenScope[]> {
  if (wish.scopes !== undefined) {
    if ([wish.role, wish.scope, wish.seesProtected].some((old) => old !== undefined))
      return bad('"scopes" stand in place of "role", "scope" and "seesProtected".');
    const { scopes } = wish;
    const known = TOKEN_SCOPES.filter((scope) => Array.isArray(scopes) && scopes.includes(scope));
    if (!Array.isArray(scopes) || known.length === 0 || known.length !== new Set(scopes).size)
      return bad(`"scopes" must be a list of ${TOKEN_SCOPES.join(', ')}.`);
    if (rightOfScopes(known) === null && known.some((scope) => scope === 'protected' || scope === 'dumps'))
      return bad('"protected" and "dumps" need the scope read, triage or admin beside them.');
    return good(known);
  }
  const { scope = null } = wish;
  if (scope !== null && scope !== 'symbols') return bad('The scope must be symbols, or none.');
  if (scope === 'symbols') return good(['symbols']);
  const role = readRole(wish.role ?? 'read');
  if (role === null) return bad(`The role must be one of ${ROLES.join(', ')}.`);
  return good([
    'read',
    ...(role === 'read' ? [] : (['triage', 'symbols'] as const)),
    ...(role === 'admin' ? (['admin'] as const) : []),
    ...(wish.seesProtected === true ? (['protected', 'dumps'] as const) : []),
  ]);
}

/** What of the scopes whoever asks does not have, in a sentence; null: they have it all. */
function excessOf(scopes: readonly TokenScope[], owner: TokenOwner, { rights, role }: Person): string | null {
  const own = 'account' in owner ? rights.of({ account: owner.account, product: null }) : rights.somewhere;
  const wished = rightOfScopes(scopes) ?? { role: 'triage', seesProtected: false, seesDumps: false };
  if (!isAtLeast(own?.role ?? null, wished.role) && scopes.some((scope) => scope !== 'send'))
    return `The token cannot have the role ${wished.role}: yours is ${own?.role ?? role ?? 'none'}.`;
  if (wished.seesProtected && own?.seesProtected !== true)
    return 'The token cannot see protected data: you cannot.';
  if (wished.seesDumps && own?.seesDumps !== true) return 'The token cannot see dumps: you cannot.';
  return null;
}

async function checkProducts(
  wished: unknown,
  owner: TokenOwner,
  { person, seen }: { readonly person: Person; readonly seen: SeenStore },
): Promise<Checked<readonly ProductName[] | null>> {
  // A token that is for some products makes none for others.
  if (wished === null) return good(person.limitedTo);
  if (!Array.isArray(wished) || wished.length === 0 || wished.length > MAX_PRODUCTS)
    return bad(`"products" must be a list of 1 to ${MAX_PRODUCTS}, each {"account": …, "product": …}.`);
  const found: ProductName[] = [];
  for (const each of wished as readonly unknown[]) {
    const { account = 'default', product } = Object(each) as Readonly<Record<string, unknown>>;
    const known =
      typeof account === 'string' && typeof product === 'string'
        ? await seen.settings.product(account, product)
        : null;
    if (known === null || ('account' in owner && known.account !== owner.account))
      return bad('"products" names a product that is not there.');
    found.push({ account: known.account, product: known.name });
  }
  return good(found);
}
