// Limits how often one sign-in or token, and one network, may ask the reports server (REPORTS_REQUESTS_PER_MINUTE). What was sent as proof of
// who it is counts as it is, before anything is looked up: whoever sends another word each time is held by the limit of the network.
import type { Context, MiddlewareHandler } from 'hono';
import { clientAddress, isThisMachine, networkOf } from '../auth/peer-network.ts';
import { hashSecret } from '../auth/secrets.ts';
import { sessionValue } from '../auth/sessions.ts';
import { RequestRate } from '../request-rate.ts';
import type { ReportsContext } from '../reports-context.ts';
import { bareErrorAnswer } from './bare-error.ts';
import { PageError } from './page.ts';

/** An office behind one address shares it. */
const NETWORK_TIMES = 10;
const HAPPENED = 'This server was asked too often.';

/** Refuses with 429 and Retry-After. This machine is not limited: whoever is on it needs no request to keep it busy. */
export function limitRequests(context: ReportsContext): MiddlewareHandler {
  const { requestsPerMinute: perMinute, now, metrics } = context;
  if (perMinute === 0) return (_, next) => next();
  const networks = new RequestRate({ perMinute: perMinute * NETWORK_TIMES, now });
  const askers = new RequestRate({ perMinute, now });
  return async (c, next) => {
    // Whoever watches must not be told that it is down.
    if (c.req.path === '/healthz' || isThisMachine(c)) return next();
    const asker = askerOf(c, context);
    const limits = [
      { of: 'network', waitMs: networks.take(networkOf(clientAddress(c, context))) },
      { of: 'sign_in', waitMs: asker === null ? 0 : askers.take(asker) },
    ] as const;
    const reached = limits.find(({ waitMs }) => waitMs > 0);
    if (reached === undefined) return next();
    metrics.limitedRequests.inc({ of: reached.of });
    const seconds = Math.ceil(reached.waitMs / 1000);
    c.header('Retry-After', String(seconds));
    return refusal(c, context, `Try again in ${seconds} s.`);
  };
}

/** What stands for the sign-in or token of a request; null: it has none. Never the secret itself. */
function askerOf(c: Context, context: ReportsContext): string | null {
  const sent = [
    c.req.header('authorization'),
    c.req.header('auth-token'),
    c.req.query('key'),
    sessionValue(c, context),
  ].find((value) => value !== undefined && value !== '');
  return sent === undefined ? null : hashSecret(sent);
}

/** In the form of what was asked for. */
function refusal(c: Context, context: ReportsContext, todo: string): Response | Promise<Response> {
  if (c.req.path.startsWith('/api/0/')) return c.json({ detail: `${HAPPENED} ${todo}` }, 429);
  if (c.req.path.startsWith('/api/')) {
    return c.json({ error: { code: 'too_many_requests', message: `${HAPPENED} ${todo}` } }, 429);
  }
  return bareErrorAnswer(c, context, new PageError(429, HAPPENED, todo));
}
