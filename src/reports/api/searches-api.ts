// API: the searches that the person behind the token keeps, and those that others share.
import type { ApiRequest, Operation } from '../operations/operation.ts';
import { ApiError } from '../operations/operation.ts';
import { schemaRef } from '../operations/schemas.ts';
import { checkSavedSearch, savedSearchLink } from '../query/saved-search.ts';

function ownerOf({ person }: ApiRequest): string {
  if (person.user === null) {
    throw new ApiError(400, 'no_owner', 'MAYDAY_ADMIN_TOKEN belongs to nobody, who keeps no searches.');
  }
  return person.user.email;
}

export const savedSearchOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/searches',
    id: 'listSearches',
    summary: 'Saved searches: yours, and those that others share',
    access: 'read',
    answer: {
      status: 200,
      description: 'The searches, by name.',
      contentType: 'application/json',
      schema: schemaRef('SavedSearchList'),
    },
    failures: [400],
    async run(request) {
      const owner = ownerOf(request);
      const all = await request.seen.savedSearches(owner);
      return request.c.json({
        searches: all.map((saved) => ({
          id: saved.id,
          name: saved.name,
          page: saved.page,
          query: saved.query,
          shared: saved.shared,
          own: saved.owner === owner,
          changedAt: new Date(saved.changedAt).toISOString(),
          url: `${request.reader.basePath}${savedSearchLink(saved)}`,
        })),
      });
    },
  },
  {
    method: 'post',
    path: '/api/searches',
    id: 'saveSearch',
    summary: 'Keep a search',
    description: 'A second one of the same name replaces the first. What it finds depends on who asks.',
    access: 'read',
    requestBody: schemaRef('NewSavedSearch'),
    answer: {
      status: 201,
      description: 'Its number.',
      contentType: 'application/json',
      schema: schemaRef('SavedSearchId'),
    },
    failures: [400],
    async run(request) {
      const owner = ownerOf(request);
      const checked = checkSavedSearch(await request.body());
      if (!checked.ok) throw new ApiError(400, 'bad_search', checked.fault);
      const id = await request.context.store.search.saveSearch({
        ...checked.value,
        owner,
        changedAt: request.context.now(),
      });
      if (id === null) throw new ApiError(400, 'bad_search', 'You keep as many searches as one can.');
      return request.c.json({ id }, 201);
    },
  },
  {
    method: 'delete',
    path: '/api/searches/{id}',
    id: 'deleteSearch',
    summary: 'Keep a search of yours no longer',
    access: 'read',
    parameters: [{ name: 'id', in: 'path', description: '`id` of the search.' }],
    answer: { status: 204, description: 'It is gone.' },
    failures: [400, 404],
    async run(request) {
      const id = request.param('id');
      const owner = ownerOf(request);
      if (!/^\d{1,15}$/.test(id) || !(await request.context.store.search.deleteSearch(owner, Number(id)))) {
        throw new ApiError(404, 'no_such_search', 'You have no such search.');
      }
      return request.c.body(null, 204);
    },
  },
];
