// Sessions of signed-in people: a random cookie whose hash is in the store. A session ends some time after its last use (sliding), and
// for good some time after its sign-in, whichever comes first.
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { StoredSession, User } from '../../store/people.ts';
import type { ReportsContext } from '../reports-context.ts';
import { outsidePath } from '../below-path.ts';
import { agentWords } from './agent-words.ts';
import { addToAudit } from './audit-note.ts';
import { clientAddress, networkOf } from './peer-network.ts';
import { hashSecret, newSecret } from './secrets.ts';

/** Before its prefix. */
const SESSION_COOKIE = 'mayday';
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Where nothing else is set: two weeks without use, three months at most. */
export const SESSION_LIFE: ReportsContext['sessionLife'] = { idleMs: 14 * DAY_MS, maxMs: 90 * DAY_MS };

/** Before acts that give rights or take safety, a password or second factor must be no older. */
export const RECENT_MS = 10 * 60_000;

/** A session that a request belongs to. */
export interface Session {
  readonly idHash: string;
  readonly user: User;
  readonly csrf: string;
  /** When its person last gave a password or a second factor. */
  readonly provenAt: number;
}

/** Whether the person behind a session has proven within the last ten minutes who it is. */
export function isRecent(session: Session, now: number): boolean {
  return now - session.provenAt < RECENT_MS;
}

/** Whether the public address is https, where cookies are `Secure`. */
export function isSecure(context: ReportsContext): boolean {
  return context.reportsUrl.startsWith('https:');
}

/**
 * The name of a cookie: `__Host-` makes browsers refuse it from anything but this very host over https. Below a path of a host only
 * `__Secure-` is possible, since `__Host-` is for whole hosts; the cookie's path then keeps it from the host's other programs.
 */
export function cookieName(context: ReportsContext, name: string): string {
  if (!isSecure(context)) return name;
  return context.basePath === '' ? `__Host-${name}` : `__Secure-${name}`;
}

/** Where a cookie is sent: to this server and nothing beside it. */
export function cookiePath(context: ReportsContext): string {
  return outsidePath('/', context);
}

function writeCookie(c: Context, context: ReportsContext, value: string): void {
  setCookie(c, cookieName(context, SESSION_COOKIE), value, {
    path: cookiePath(context),
    httpOnly: true,
    sameSite: 'Lax',
    secure: isSecure(context),
    maxAge: Math.ceil(context.sessionLife.idleMs / 1000),
  });
}

function endOf(createdAt: number, { sessionLife, now }: ReportsContext): number {
  return Math.min(now() + sessionLife.idleMs, createdAt + sessionLife.maxMs);
}

/** What a request gives as its session, whatever it is worth. */
export function sessionValue(c: Context, context: ReportsContext): string | undefined {
  return getCookie(c, cookieName(context, SESSION_COOKIE));
}

/** The session of a request, or null. Its use is noted at most once an hour, so that reading pages does not write to the store each time. */
export async function resumeSession(c: Context, context: ReportsContext): Promise<Session | null> {
  const value = sessionValue(c, context);
  if (value === undefined || value === '' || value.length > 100) return null;
  const idHash = hashSecret(value);
  const now = context.now();
  const found = await context.store.people.sessionByHash(idHash, now);
  if (found === null) return null;
  const { createdAt, seenAt, csrf, provenAt } = found.session;
  // Where the setting was made shorter, it holds for sessions of before, too.
  if (createdAt + context.sessionLife.maxMs <= now || seenAt + context.sessionLife.idleMs <= now) return null;
  if (now - seenAt >= Math.min(HOUR_MS, context.sessionLife.idleMs / 10)) {
    await context.store.people.extendSession(idHash, { expiresAt: endOf(createdAt, context), seenAt: now });
    writeCookie(c, context, value);
  }
  return { idHash, user: found.user, csrf, provenAt };
}

/**
 * Signs a user in under a fresh id. Whatever cookie came with the request is never adopted, and a session that it named
 * ends (session fixation). `provenAt`: when it was proven who it is, where that was not just now.
 */
export async function startSession(
  c: Context,
  context: ReportsContext,
  userId: number,
  provenAt: number = context.now(),
): Promise<void> {
  addToAudit(c, { person: userId });
  await dropNamedSession(c, context);
  const value = newSecret();
  const now = context.now();
  const session: Omit<StoredSession, 'seenAt'> = {
    idHash: hashSecret(value),
    userId,
    csrf: newSecret(),
    createdAt: now,
    provenAt,
    expiresAt: endOf(now, context),
    network: networkOf(clientAddress(c, context)),
    agent: agentWords(c.req.header('user-agent') ?? ''),
  };
  await context.store.people.createSession(session);
  writeCookie(c, context, value);
}

/** Gives a session a fresh id after its person has proven again who it is; null: it is gone. */
export async function renewSession(
  c: Context,
  context: ReportsContext,
  session: Session,
): Promise<Session | null> {
  const value = newSecret();
  const change = { idHash: hashSecret(value), provenAt: context.now() };
  if (!(await context.store.people.renewSession(session.idHash, change))) return null;
  writeCookie(c, context, value);
  return { ...session, ...change };
}

/** Signs out: the session is gone from the store and the cookie from the browser. */
export async function endSession(c: Context, context: ReportsContext): Promise<void> {
  await dropNamedSession(c, context);
  deleteCookie(c, cookieName(context, SESSION_COOKIE), {
    path: cookiePath(context),
    secure: isSecure(context),
  });
}

async function dropNamedSession(c: Context, context: ReportsContext): Promise<void> {
  const value = sessionValue(c, context);
  if (value !== undefined && value !== '') await context.store.people.deleteSession(hashSecret(value));
}
