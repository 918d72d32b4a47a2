// Puts the reports server together: headers, log, probes, assets, API, pages. No socket: tests call it directly.
import { Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import { apiRoutes } from './api/routes.ts';
import { isSecure } from './auth/sessions.ts';
import type { ReportsContext } from './reports-context.ts';
import { addProbes } from './http/probes.ts';
import { requestLog } from './http/request-log.ts';
import { toolEndpoints } from './symbols/tools/tool-endpoints.ts';
import { symbolEndpoints } from './symbols/symbol-endpoints.ts';
import { addAssets } from './web/assets.ts';
import { addLibraryFiles } from './web/library-files.ts';
import { addPages } from './web/render.ts';

/** The whole server as a function from request to response. */
export function reportsApp(context: ReportsContext): Hono {
  const app = new Hono();
  app.use(requestLog(context.log));
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        scriptSrc: ["'self'"],
        imgSrc: ["'self'"],
        // The copy button of a stack reads its text from this server.
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
      // Not no-referrer: with that browsers send "Origin: null" with forms, and the Origin check would refuse them.
      referrerPolicy: 'same-origin',
      xFrameOptions: 'DENY',
      strictTransportSecurity: isSecure(context) ? 'max-age=31536000' : false,
      // A download carries a stricter policy of its own.
      overwrite: false,
    }),
  );
  addProbes(app, context);
  addAssets(app);
  addLibraryFiles(app);
  app.route('/', toolEndpoints(context));
  app.route('/', symbolEndpoints(context));
  app.route('/', apiRoutes(context));
  addPages(app, context);
  return app;
}
