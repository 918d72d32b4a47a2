// Protection against forged form posts: a token in every form, and a check of where the post comes from.
// Signed in, the token is the session's. Before that (sign-in, one-time links) it is a cookie repeated in the form.
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import type { ReportsContext } from '../reports-context.ts';
import { newSecret, sameSecret } from './secrets.ts';
import type { Session } from './sessions.ts';
import { cookieName, cookiePath, isSecure } from './sessions.ts';

/** The name of the hidden field. */
export const CSRF_FIELD = 'csrf';

function formCookieName(context: ReportsContext): string {
  return cookieName(context, 'mayday-form');
}

/** The token for the forms of a page; sets the form cookie where nobody is signed in. */
export function formToken(c: Context, context: ReportsContext, session: Session | null): string {
  if (session !== null) return session.csrf;
  const present = getCookie(c, formCookieName(context));
  if (present !== undefined && /^[\w-]{43}$/.test(present)) return present;
  const token = newSecret();
  setCookie(c, formCookieName(context), token, {
    path: cookiePath(context),
    httpOnly: true,
    sameSite: 'Strict',
    secure: isSecure(context),
  });
  return token;
}

/** Whether a posted form carries the token that its page was given. */
export function tokenMatches(
  c: Context,
  context: ReportsContext,
  options: { readonly session: Session | null; readonly sent: string },
): boolean {
  const expected = options.session?.csrf ?? getCookie(c, formCookieName(context));
  return expected !== undefined && expected !== '' && sameSecret(expected, options.sent);
}

/**
 * Whether a page of another site sent the browser here. False for our own pages, for what a person typed or kept as a bookmark, and for browsers
 * that do not say (Fetch Metadata).
 */
export function comesFromElsewhere(c: Context): boolean {
  const site = c.req.header('sec-fetch-site');
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

/**
 * Whether a post comes from a page of this server: its Origin names the host that it was sent to, or the public address
 * (behind a proxy that rewrites Host). Without an Origin header, Sec-Fetch-Site must not say that it comes from elsewhere.
 */
export function originMatches(c: Context, context: ReportsContext): boolean {
  const origin = c.req.header('origin');
  if (origin === undefined) return !comesFromElsewhere(c);
  if (!URL.canParse(origin)) return false;
  const { host } = new URL(origin);
  return host === c.req.header('host') || origin === new URL(context.reportsUrl).origin;
}
