// The columns of the list of bugs that a person chose last, in a cookie of this browser. It holds names of columns, and nothing else is taken from it.
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { cookieName, cookiePath, isSecure } from '../auth/sessions.ts';
import type { ReportsContext } from '../reports-context.ts';

const COOKIE = 'mayday-columns';
/** What browsers keep at most. */
const KEPT_SECONDS = 400 * 86_400;
const MAX_LENGTH = 300;

/** Empty: none were ever chosen here. */
export function rememberedColumns(c: Context, context: ReportsContext): string {
  return (getCookie(c, cookieName(context, COOKIE)) ?? '').slice(0, MAX_LENGTH);
}

export function rememberColumns(c: Context, context: ReportsContext, columns: readonly string[]): void {
  setCookie(c, cookieName(context, COOKIE), columns.join('.'), {
    path: cookiePath(context),
    httpOnly: true,
    sameSite: 'Lax',
    secure: isSecure(context),
    maxAge: KEPT_SECONDS,
  });
}
