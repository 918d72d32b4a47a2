// One log line per request: route, status, time. The route is the pattern, not the path: one-time links hold secrets.
import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { Log } from '../../base/log.ts';

/** Logs when the answer's head is ready; pages at `info`, probes at `debug`, failures at `error`. */
export function requestLog(log: Log): MiddlewareHandler {
  return async (c, next) => {
    const start = performance.now();
    await next();
    // After the handlers have run this is the route of the one that answered.
    const route = routePath(c);
    const line = {
      method: c.req.raw.method,
      route,
      status: c.res.status,
      ms: Math.round((performance.now() - start) * 10) / 10,
    };
    if (c.res.status >= 500) log.error(line, 'request failed');
    else if (route === '/healthz' || route === '/metrics' || route.startsWith('/assets'))
      log.debug(line, 'request');
    else log.info(line, 'request');
  };
}
