// Who stands at an endpoint for symbols. Tools differ in where they put a token: Authorization (Bearer, or Basic from an address
// with a password in it), Auth-Token (Tecken), or `?key=` (sym_upload). It is an API token each time.
import type { Context } from 'hono';
import { noteUpload, noteWrongToken } from '../audit/trail.ts';
import { personByBearer, personOf, unknownToken, type TokenFault } from '../auth/bearer.ts';
import { isKnownHost } from '../auth/known-host.ts';
import { isLoopback } from '../auth/peer-network.ts';
import { allows, type Access, type Person } from '../auth/person.ts';
import type { SeenSymbols } from '../gate/seen-symbols.ts';
import { lacksFactor } from '../auth/lacks-factor.ts';
import { resumeSession } from '../auth/sessions.ts';
import type { ReportsContext } from '../reports-context.ts';

/** Labels behind a token (`<token>-nightly`) have at most so many hyphens, and so has the token itself. */
const MAX_HYPHENS = 12;

/** The person of the token that came with the request; null: none that counts. */
export async function personByToken(c: Context, context: ReportsContext): Promise<Person | null> {
  for (const token of sentTokens(c)) {
    const person = await personByBearer(context, `Bearer ${token}`, 'symbols');
    if (person !== null) return person;
  }
  return null;
}

/** How symbols may be read: `open`: by anyone, so also from any web page. */
export interface SymbolReader {
  readonly kind: 'open' | 'private';
  /** What they may read: of a token or a session the files of its accounts, else all of them. */
  readonly symbols: SeenSymbols;
}

/** Null: not at all. */
export async function mayReadSymbols(c: Context, context: ReportsContext): Promise<SymbolReader | null> {
  const person = await personByToken(c, context);
  if (person !== null) return { kind: 'open', symbols: context.gate.symbolsOf(person) };
  // What follows trusts where a request comes from, and a browser brings requests from anywhere: they must know our name.
  if (!isKnownHost(c, context)) return bySession(c, context);
  if (context.publicSymbols) return { kind: 'open', symbols: context.gate.allSymbols() };
  // As for metrics: a proxy on this machine is a loopback peer too; it gives itself away by X-Forwarded-For.
  if (isLoopback(c) && c.req.header('x-forwarded-for') === undefined) {
    return { kind: 'private', symbols: context.gate.allSymbols() };
  }
  return bySession(c, context);
}

async function bySession(c: Context, context: ReportsContext): Promise<SymbolReader | null> {
  const session = await resumeSession(c, context);
  if (session === null) return null;
  const person = await personOf(context, session.user);
  if (await lacksFactor({ context, person })) return null;
  return { kind: 'private', symbols: context.gate.symbolsOf(person) };
}

/** Whether the token of a request allows what an endpoint asks for. */
export async function tokenAllows(
  access: Access,
  c: Context,
  context: ReportsContext,
): Promise<Person | null> {
  const person = await personByToken(c, context);
  if (person === null || !allows(access, person)) return null;
  if (access !== 'read') noteUpload({ c, context, person });
  return person;
}

/** Why the token of a request does not allow to upload symbols. */
export async function uploadFault(
  c: Context,
  context: ReportsContext,
): Promise<Omit<TokenFault, 'code'> & { readonly code: TokenFault['code'] | 'not_allowed' }> {
  const person = await personByToken(c, context);
  if (person !== null) {
    return {
      code: 'not_allowed',
      message: `Symbols are uploaded with the role triage, or a token for symbols; this token has the role ${person.role ?? 'none'}.`,
    };
  }
  const sent = [...sentTokens(c)].find((token) => token !== '');
  if (sent !== undefined) noteWrongToken({ c, context });
  return sent === undefined
    ? {
        code: 'no_token',
        message: 'This needs an API token with the role triage; tokens are made on the account page.',
      }
    : { code: 'wrong_token', message: unknownToken(sent) };
}

function* sentTokens(c: Context): Generator<string> {
  const authorization = c.req.header('authorization') ?? '';
  const [scheme, value] = authorization.split(/ +/, 2);
  if (value !== undefined && /^bearer$/i.test(scheme ?? '')) yield value;
  if (value !== undefined && /^basic$/i.test(scheme ?? '')) {
    const [user, ...password] = Buffer.from(value, 'base64').toString('utf8').split(':');
    yield password.join(':');
    yield user ?? '';
  }
  const labelled = c.req.header('auth-token')?.trim() ?? '';
  yield labelled;
  // Tecken's clients put a label behind a hyphen; a token of ours may hold hyphens itself.
  const pieces = labelled.slice(0, 300).split('-');
  for (let length = Math.min(pieces.length - 1, MAX_HYPHENS); length > 0; length--) {
    yield pieces.slice(0, length).join('-');
  }
  yield c.req.query('key') ?? '';
}
