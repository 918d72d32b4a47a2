// Every endpoint for symbols, and their routes.
import { Hono } from 'hono';
import { ApiError, fullDiskOf } from '../operations/operation.ts';
import type { OperationDoc } from '../operations/operation.ts';
import type { ReportsContext } from '../reports-context.ts';
import { breakpadEndpoint } from './breakpad-endpoint.ts';
import type { SymbolEndpoint } from './symbol-endpoint.ts';
import { debuginfodEndpoint, debuginfodSymbolsEndpoint, downloadEndpoint } from './download-endpoint.ts';
import { symbolicateEndpoint } from './symbolicate-endpoint.ts';
import { teckenEndpoint, uploadEndpoint } from './upload-endpoint.ts';
import { UploadSlots } from './symbol-upload-slots.ts';

const SYMBOL_ENDPOINTS: readonly SymbolEndpoint[] = [
  uploadEndpoint,
  teckenEndpoint,
  breakpadEndpoint,
  debuginfodEndpoint,
  debuginfodSymbolsEndpoint,
  downloadEndpoint,
  symbolicateEndpoint,
];

/** Their entries in the OpenAPI document. */
export const ENDPOINT_DOCS: readonly OperationDoc[] = SYMBOL_ENDPOINTS.flatMap(({ docs }) => docs);

/** The routes. To be added before those of the API, which bound every body under /api/. */
export function symbolEndpoints(context: ReportsContext): Hono {
  const app = new Hono();
  const surroundings = { context, slots: new UploadSlots() };
  for (const endpoint of SYMBOL_ENDPOINTS) {
    // Hono answers HEAD by the route of GET.
    const methods = endpoint.methods.filter((method) => method !== 'HEAD');
    app.on(methods, [endpoint.path, endpoint.path.replace(/(.)\/$/, '$1')], (c) =>
      endpoint.answer(c, surroundings),
    );
    // GET /api/symbols is an operation of the API.
    if (!endpoint.methods.includes('GET') && !endpoint.path.startsWith('/api/')) {
      app.get(endpoint.path, (c) => {
        c.header('Allow', endpoint.methods.join(', '));
        return c.json({ error: `This takes ${methods.join(', ')}.` }, 405);
      });
    }
  }
  app.onError((error, c) => {
    context.log.error({ err: error, path: c.req.path }, 'an endpoint for symbols failed');
    const { status, code, message } =
      fullDiskOf(error) ??
      new ApiError(500, 'internal', 'Something went wrong here; the log of the server says what.');
    return c.json({ error: { code, message } }, status);
  });
  return app;
}
