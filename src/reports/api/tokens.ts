// API: who am I, and the API tokens of the person behind the token.
import { addToAudit } from '../auth/audit-note.ts';
import type { ApiToken, User } from '../../store/people.ts';
import { rightOfScopes } from '../auth/bearer.ts';
import { createApiToken } from '../view/new-token.ts';
import type { TokenWish } from '../view/new-token.ts';
import { noteToken } from '../view/right-notes.ts';
import { isoTime } from '../view/report-json.ts';
import type { ApiRequest, Operation } from '../operations/operation.ts';
import { ApiError } from '../operations/operation.ts';
import { schemaRef } from '../operations/schemas.ts';

/** `role`, `seesProtected` and `scope` say the scopes as they were said before there were any. */
export function tokenJson({ id, label, scopes, products, createdAt, expiresAt, lastUsedAt }: ApiToken) {
  const right = rightOfScopes(scopes);
  return {
    id,
    label,
    scopes,
    products,
    role: right?.role ?? null,
    seesProtected: right?.seesProtected ?? false,
    scope: right === null && scopes.includes('symbols') ? 'symbols' : null,
    createdAt: isoTime(createdAt),
    expiresAt: isoTime(expiresAt),
    lastUsedAt: isoTime(lastUsedAt),
  };
}

function owner(request: ApiRequest): User {
  if (request.person.user === null) {
    throw new ApiError(400, 'no_owner', 'This token belongs to no person, so it cannot own tokens.');
  }
  return request.person.user;
}

/** What a body asks for. */
export function tokenWish(body: Readonly<Record<string, unknown>>): TokenWish {
  const { label, scopes, role, scope, seesProtected, products, expiresInDays } = body;
  return { label, scopes, role, scope, seesProtected, products, expiresInDays };
}

export const tokenOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/me',
    id: 'getMe',
    summary: 'Who the token is and what it may do',
    access: 'member',
    answer: {
      status: 200,
      description: 'The person, with the rights of this token.',
      contentType: 'application/json',
      schema: schemaRef('Person'),
    },
    async run({ c, person }) {
      return c.json({
        email: person.user?.email ?? null,
        name: person.user?.name ?? person.label ?? 'Administrator token of the environment',
        role: person.role,
        seesProtected: person.seesProtected,
        isInstallationAdmin: person.isInstallationAdmin,
        accounts: person.rights.accounts.map(({ account, isAdmin, everyProduct, products }) => ({
          account,
          isAdmin,
          everyProduct,
          products: [...products].map(([product, right]) => Object.assign({ product }, right)),
        })),
      });
    },
  },
  {
    method: 'get',
    path: '/api/tokens',
    id: 'listTokens',
    summary: 'Your API tokens, without their secrets',
    access: 'read',
    answer: {
      status: 200,
      description: 'The tokens.',
      contentType: 'application/json',
      schema: schemaRef('TokenList'),
    },
    failures: [400],
    async run(request) {
      const tokens = await request.context.store.people.listTokens({ userId: owner(request).id });
      return request.c.json({ tokens: tokens.map(tokenJson) });
    },
  },
  {
    method: 'post',
    path: '/api/tokens',
    id: 'createToken',
    summary: 'Make an API token',
    description: 'It never has more rights than the token that makes it.',
    // A leaked token of less must not be able to outlive its own end.
    access: 'admin',
    requestBody: schemaRef('NewToken'),
    answer: {
      status: 201,
      description: 'The token with its secret, shown this once.',
      contentType: 'application/json',
      schema: schemaRef('CreatedToken'),
    },
    failures: [400],
    async run(request) {
      const result = await createApiToken(
        request,
        { userId: owner(request).id },
        tokenWish(await request.body()),
      );
      if (!result.ok) throw new ApiError(400, 'bad_token', result.fault);
      addToAudit(request.c, { object: `token ${result.info.id}` });
      noteToken(request.c, result.info);
      return request.c.json({ ...tokenJson(result.info), token: result.token }, 201);
    },
  },
  {
    method: 'delete',
    path: '/api/tokens/{id}',
    id: 'revokeToken',
    summary: 'Revoke one of your API tokens',
    access: 'admin',
    parameters: [{ name: 'id', in: 'path', description: '`id` of the token.' }],
    answer: { status: 204, description: 'It works no longer.' },
    failures: [400, 404],
    async run(request) {
      const id = request.param('id');
      const user = owner(request);
      if (
        !/^\d{1,15}$/.test(id) ||
        !(await request.context.store.people.deleteToken({ userId: user.id }, Number(id)))
      ) {
        throw new ApiError(404, 'no_such_token', 'You have no such token.');
      }
      return request.c.body(null, 204);
    },
  },
];
