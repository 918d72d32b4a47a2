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
import { knownHostsOnly } from './web/known-hosts-only.ts';
import { limitRequests } from './web/limit-requests.ts';
import { addPages } from './web/render.ts';

/** The whole server as a function from request to response. */
export function reportsApp(context: ReportsContext): Hono {
  const app = new Hono();
  app.use(requestLog(context.log));
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        objectSrc: ["'none'"],
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
      // A host that is shared with other programs (a path in PUBLIC_REPORTS_URL) is theirs, too.
      strictTransportSecurity: !isSecure(context)
        ? false
        : context.basePath === ''
          ? 'max-age=31536000; includeSubDomains'
          : 'max-age=31536000',
      // Pages copy text and ask for passkeys; of everything else that a browser could give them they want nothing.
      permissionsPolicy: {
        camera: [],
        microphone: [],
        geolocation: [],
        payment: [],
        usb: [],
        serial: [],
        bluetooth: [],
        displayCapture: [],
        fullscreen: [],
        clipboardWrite: ['self'],
        publickeyCredentialsGet: ['self'],
      },
      // A download carries a stricter policy of its own.
      overwrite: false,
    }),
  );
  app.use(limitRequests(context));
  addProbes(app, context);
  addAssets(app);
  addLibraryFiles(app);
  app.route('/', toolEndpoints(context));
  app.route('/', symbolEndpoints(context));
  app.route('/', apiRoutes(context));
  app.use(knownHostsOnly(context));
  addPages(app, context);
  return app;
}
