// Pages are given only under the names of this server: a stranger's page could otherwise let a name of its own point here and stand beside the
// sign-in form, in the browser of somebody who can reach this server (DNS rebinding).
import type { MiddlewareHandler } from 'hono';
import { hostName, isKnownHost } from '../auth/known-host.ts';
import type { ReportsContext } from '../reports-context.ts';
import { bareErrorAnswer } from './bare-error.ts';
import { PageError } from './page.ts';

/**
 * Refuses pages under a name that is not this server's: 421, or 400 where the header holds no name (RFC 9110, sections 7.2 and 15.5.20).
 * The API wants a token, which no page of a stranger has; metrics and symbols look themselves.
 */
export function knownHostsOnly(context: ReportsContext): MiddlewareHandler {
  return async (c, next) => {
    if (isKnownHost(c, context)) return next();
    const host = c.req.header('host') ?? '';
    const error =
      hostName(host) === null
        ? new PageError(400, 'The request names no host that can be understood.', 'Check the address.')
        : new PageError(
            421,
            `This server is not known by the name ${host}.`,
            'Open it by its address. Whoever runs it can add names: PUBLIC_REPORTS_URL or REPORTS_SERVER_NAMES.',
          );
    return bareErrorAnswer(c, context, error);
  };
}
