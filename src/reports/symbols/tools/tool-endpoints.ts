// `/api/0/…`: the endpoints that sentry-cli and Sentry's build plugins ask, so that they work unchanged. The organization is the account, the
// project the product.
import { Hono } from 'hono';
import type { ReportsContext } from '../../reports-context.ts';
import { drain } from '../request-bytes.ts';
import { UploadSlots } from '../symbol-upload-slots.ts';
import { AssembleJobs } from './assemble-jobs.ts';
import { chunkEndpoints } from './chunk-endpoints.ts';
import { releaseEndpoints } from './release-endpoints.ts';
import { personOfTool, productsOf, refusalOf, slugOf, type ToolEndpoint } from './tool-request.ts';

const RETRY_SECONDS = '30';

const identityEndpoints: readonly ToolEndpoint[] = [
  {
    method: 'GET',
    path: '/',
    answer: async ({ c, person }) =>
      Promise.resolve(
        c.json({
          version: '0',
          auth: { scopes: ['org:read', 'project:read', 'project:releases', 'project:write'] },
          user: {
            id: String(person.user?.id ?? 0),
            username: person.user?.email ?? 'admin',
            name: person.user?.name ?? 'Administrator token of the environment',
            email: person.user?.email ?? 'admin',
          },
        }),
      ),
  },
  {
    method: 'GET',
    path: '/organizations',
    async answer({ c, context, person }) {
      const products = await context.gate.settingsOf(person).products();
      const accounts = new Set(products.map(({ account }) => account));
      return c.json([...accounts].map((account) => organizationJson(account)));
    },
  },
  {
    method: 'GET',
    path: '/organizations/:org',
    async answer({ c, context, person, param }) {
      await productsOf({ context, person }, param('org'));
      return c.json(organizationJson(param('org')));
    },
  },
  {
    method: 'GET',
    path: '/organizations/:org/projects',
    async answer({ c, context, person, param }) {
      const products = await productsOf({ context, person }, param('org'));
      return c.json(
        products.map(({ id, name, createdAt }) => ({
          id: String(id),
          name,
          slug: slugOf(name),
          team: null,
          teams: [],
          platform: null,
          status: 'active',
          dateCreated: new Date(createdAt).toISOString(),
        })),
      );
    },
  },
];

function organizationJson(account: string): Readonly<Record<string, unknown>> {
  return {
    id: account,
    slug: account,
    name: account,
    dateCreated: new Date(0).toISOString(),
    isEarlyAdopter: false,
    require2FA: false,
    requireEmailVerification: false,
    features: [],
    status: { id: 'active', name: 'active' },
  };
}

const ENDPOINTS: readonly ToolEndpoint[] = [...identityEndpoints, ...chunkEndpoints, ...releaseEndpoints];

/** The routes. To be added before those of the API, which bound every body under /api/. */
export function toolEndpoints(context: ReportsContext): Hono {
  const app = new Hono();
  const surroundings = { context, slots: new UploadSlots(), jobs: new AssembleJobs() };
  for (const { method, path, answer } of ENDPOINTS) {
    const whole = `/api/0${path === '/' ? '' : path}`;
    app.on([method], [whole, `${whole}/`], async (c) => {
      const person = await personOfTool(c, context);
      c.header('Cache-Control', 'private, no-store');
      return answer({ ...surroundings, c, person, param: (name) => c.req.param(name) ?? '' });
    });
  }
  app.all('/api/0/*', async (c) => {
    await personOfTool(c, context);
    await drain(c);
    return c.json(
      { detail: 'Mayday has no such endpoint; docs/protocols/sentry.md lists those for tools.' },
      404,
    );
  });
  app.onError(async (error, c) => {
    await drain(c);
    const refusal = refusalOf(error);
    if (refusal === null) {
      context.log.error({ err: error, path: c.req.path }, 'an endpoint for tools failed');
      return c.json({ detail: 'Something went wrong here; the log of the server says what.' }, 500);
    }
    if (refusal.status === 503) c.header('Retry-After', RETRY_SECONDS);
    return c.json({ detail: refusal.detail }, refusal.status);
  });
  return app;
}
