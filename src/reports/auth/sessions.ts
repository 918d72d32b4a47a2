// Sessions of signed-in people: a random cookie whose hash is in the store, with sliding expiry.
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { User } from '../../store/people.ts';
import type { ReportsContext } from '../reports-context.ts';
import { outsidePath } from '../below-path.ts';
import { hashSecret, newSecret } from './secrets.ts';

/** Before its prefix. */
const SESSION_COOKIE = 'mayday';
const DAY_MS = 86_400_000;
/** A session ends this long after its last use. */
export const SESSION_MS = 14 * DAY_MS;
/** The end is moved at most this often, so that reading pages does not write to the store each time. */
const EXTEND_AFTER_MS = DAY_MS / 2;

/** A session that a request belongs to. */
export interface Session {
  readonly idHash: string;
  readonly user: User;
  readonly csrf: string;
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
    maxAge: SESSION_MS / 1000,
  });
}

/** The session of a request, or null. Extends it where half a day has passed since the last time. */
export async function resumeSession(c: Context, context: ReportsContext): Promise<Session | null> {
  const value = getCookie(c, cookieName(context, SESSION_COOKIE));
  if (value === undefined || value === '' || value.length > 100) return null;
  const idHash = hashSecret(value);
  const now = context.now();
  const found = await context.store.people.sessionByHash(idHash, now);
  if (found === null) return null;
  if (found.expiresAt < now + SESSION_MS - EXTEND_AFTER_MS) {
    await context.store.people.extendSession(idHash, now + SESSION_MS);
    writeCookie(c, context, value);
  }
  return { idHash, user: found.user, csrf: found.csrf };
}

/**
 * Signs a user in under a fresh id. Whatever cookie came with the request is never adopted, and a session that it named
 * ends (session fixation).
 */
export async function startSession(c: Context, context: ReportsContext, userId: number): Promise<void> {
  await dropNamedSession(c, context);
  const value = newSecret();
  await context.store.people.createSession({
    idHash: hashSecret(value),
    userId,
    csrf: newSecret(),
    expiresAt: context.now() + SESSION_MS,
  });
  writeCookie(c, context, value);
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
  const value = getCookie(c, cookieName(context, SESSION_COOKIE));
  if (value !== undefined && value !== '') await context.store.people.deleteSession(hashSecret(value));
}
