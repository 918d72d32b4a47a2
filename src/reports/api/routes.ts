// Turns the table of operations into routes: bearer token, access check, JSON errors.
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Context } from 'hono';
import { auditedOperation } from '../audit/audited.ts';
import { audited, lookOf, noteWrongToken } from '../audit/trail.ts';
import { bearerFault, personByBearer } from '../auth/bearer.ts';
import { allows, refusalWords } from '../auth/person.ts';
import type { Person } from '../auth/person.ts';
import { allowsSomewhere, atRoute } from '../query/place-of-route.ts';
import type { Missing } from '../query/place-of-route.ts';
import type { ReportsContext } from '../reports-context.ts';
import { ENDPOINT_DOCS } from '../symbols/symbol-endpoints.ts';
import { openApiDocument } from './openapi.ts';
import type { ApiRequest, Operation } from '../operations/operation.ts';
import { ApiError, fullDiskOf } from '../operations/operation.ts';
import { ReadRefused } from '../../store/reports.ts';
import { OPERATIONS } from './endpoint-registry.ts';

const MAX_BODY_BYTES = 64 * 1024;
/** A list that was given up may be asked for again after so long. */
const RETRY_SECONDS = '10';

function errorAnswer(c: Context, error: ApiError): Response {
  if (error.status === 401) c.header('WWW-Authenticate', 'Bearer');
  return c.json({ error: { code: error.code, message: error.message } }, error.status);
}

/** Hono's form of a path with `{name}` segments. */
export function honoPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

function apiRequest(
  c: Context,
  context: ReportsContext,
  person: ApiRequest['person'],
  { bodyOptional = false }: Operation,
  sent: (body: Readonly<Record<string, unknown>>) => void,
): ApiRequest {
  return {
    c,
    context,
    person,
    reader: { person, basePath: context.basePath },
    // Also what is not at this place: another bug, a list.
    seen: context.gate.for(person, lookOf({ c, context, person })),
    param: (name) => c.req.param(name) ?? '',
    query: new URL(c.req.url).searchParams,
    async body() {
      const text = await c.req.text();
      if (bodyOptional && text === '') return {};
      let value: unknown;
      try {
        value = JSON.parse(text);
      } catch {
        throw new ApiError(400, 'bad_json', 'The body is not JSON.');
      }
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        throw new ApiError(400, 'bad_json', 'The body must be a JSON object.');
      }
      const body = value as Readonly<Record<string, unknown>>;
      sent(body);
      return body;
    },
  };
}

async function answer(c: Context, context: ReportsContext, operation: Operation): Promise<Response> {
  const authorization = c.req.header('authorization');
  const asked = await personByBearer(context, authorization);
  if (asked === null) {
    const { code, message } = await bearerFault(context, authorization);
    if (code === 'wrong_token') noteWrongToken({ c, context });
    throw new ApiError(401, code, message);
  }
  let body: Readonly<Record<string, unknown>> = {};
  const sent = (whole: Readonly<Record<string, unknown>>): void => {
    body = whole;
  };
  return audited({ c, context, person: asked }, auditedOperation(operation), {
    fields: (name) => c.req.param(name) ?? (Object.hasOwn(body, name) ? body[name] : undefined),
    refusals: (error) => error instanceof ApiError && error.status < 500,
    run: async () => {
      const person = await atOperation(c, context, operation, asked);
      c.header('Cache-Control', 'private, no-store');
      return operation.run(apiRequest(c, context, person, operation, sent));
    },
  });
}

/** The person as they stand to what the address names; throws where they may not do this there, or anywhere. */
async function atOperation(
  c: Context,
  context: ReportsContext,
  { access }: Operation,
  asked: Person,
): Promise<Person> {
  const refuse = (person: Person): ApiError => new ApiError(403, 'not_allowed', refusalWords(access, person));
  if (!allowsSomewhere(access, asked)) throw refuse(asked);
  const found = await atRoute(context.gate, asked, c.req.param());
  if ('missing' in found) {
    const [code, message] = NOT_THERE[found.missing];
    throw new ApiError(404, code, message);
  }
  if (!allows(access, found.person)) throw refuse(found.person);
  return found.person;
}

const NOT_THERE: Readonly<Record<Missing, readonly [code: string, message: string]>> = {
  account: ['no_such_account', 'There is no such account.'],
  product: ['no_such_product', 'There is no such product.'],
  report: ['no_such_report', 'There is no report with this crash id.'],
  bug: ['no_such_bug', 'There is no bug with this number.'],
};

/** Answers an operation whose body is no larger than it may be. */
function limited(context: ReportsContext, operation: Operation): (c: Context) => Promise<Response> {
  const limit = bodyLimit({
    maxSize: operation.maxBodyBytes ?? MAX_BODY_BYTES,
    onError: (c) => errorAnswer(c, new ApiError(413, 'too_large', 'The body is too large.')),
  });
  return async (c) => {
    let answered: Response | null = null;
    const refused = await limit(c, async () => {
      answered = await answer(c, context, operation);
    });
    return refused ?? answered ?? c.body(null, 500);
  };
}

/** The routes under `/api/`. `/api` itself is a page for people. */
export function apiRoutes(context: ReportsContext): Hono {
  const api = new Hono();
  const document = openApiDocument(OPERATIONS, context, ENDPOINT_DOCS);
  api.get('/api/openapi.json', (c) => c.json(document));
  for (const operation of OPERATIONS) {
    api.on(operation.method.toUpperCase(), honoPath(operation.path), limited(context, operation));
  }
  // Not `/api/*`, which is also `/api` itself: that is a page for people.
  api.all('/api/:rest{.+}', () => {
    throw new ApiError(
      404,
      'no_such_operation',
      'There is no such operation; /api/openapi.json lists them all.',
    );
  });
  api.onError((error, c) => {
    if (error instanceof ApiError) return errorAnswer(c, error);
    if (error instanceof ReadRefused) {
      context.log.warn({ path: c.req.path, reason: error.reason }, 'a list was given up');
      c.header('Retry-After', RETRY_SECONDS);
      return errorAnswer(c, new ApiError(503, error.reason, `${error.message} Narrow it, or try again.`));
    }
    const full = fullDiskOf(error);
    if (full !== null) c.header('Retry-After', RETRY_SECONDS);
    context.log.error({ err: error, path: c.req.path }, 'API operation failed');
    return errorAnswer(
      c,
      full ?? new ApiError(500, 'internal', 'Something went wrong here; the log of the server says what.'),
    );
  });
  return api;
}
