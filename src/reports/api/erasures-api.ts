// API: erasures. First what would go is found and counted, then it is confirmed.
import type { Erasure } from '../../store/erasures.ts';
import type { ApiRequest, Operation } from '../operations/operation.ts';
import { ApiError } from '../operations/operation.ts';
import { schemaRef } from '../operations/schemas.ts';
import { addToAudit } from '../auth/audit-note.ts';
import { streamAnswer } from '../http/attachment-answer.ts';
import { exportRefusal, exportUnderWay, openErasureExport } from '../http/erasure-export.ts';
import { erasureFields, readErasureWish, searchedCrashIds } from '../query/erasure-wish.ts';
import { erasureJson } from '../view/erasure-json.ts';

const ID = { name: 'id', in: 'path', description: 'Number of the erasure.' } as const;
const ANSWER = { contentType: 'application/json', schema: schemaRef('Erasure') } as const;

async function named(request: ApiRequest): Promise<Erasure> {
  const id = Number(request.param('id'));
  const found = Number.isSafeInteger(id) && id > 0 ? await request.context.store.erasures.get(id) : null;
  if (found === null) throw new ApiError(404, 'no_such_erasure', 'There is no such erasure.');
  return found;
}

export const erasureOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/erasures',
    id: 'listErasures',
    summary: 'Erasures, newest first',
    access: 'installation',
    answer: {
      status: 200,
      description: 'The last hundred.',
      contentType: 'application/json',
      schema: schemaRef('ErasureList'),
    },
    async run({ c, context }) {
      return c.json({ erasures: (await context.store.erasures.list()).map(erasureJson) });
    },
  },
  {
    method: 'post',
    path: '/api/erasures',
    id: 'prepareErasure',
    summary: 'Find and count what would be erased',
    description:
      'Of a person (`user`, `mail`, `mailHash`), an installation, a search (`q`), a time (`before`), or a `whole` product or account; `account` and `product` narrow the others. Nothing is erased before it is confirmed; after a day it is withdrawn.',
    access: 'installation',
    requestBody: schemaRef('NewErasure'),
    answer: { status: 201, description: 'The erasure, ready to be confirmed.', ...ANSWER },
    failures: [400],
    async run(request) {
      const { c, context, person, seen } = request;
      const fields = erasureFields(await request.body());
      if ('fault' in fields) throw new ApiError(400, 'bad_erasure', fields.fault);
      const read = readErasureWish(fields.params);
      if ('fault' in read) throw new ApiError(400, 'bad_erasure', read.fault);
      if (read.isProtected && !person.seesProtected)
        throw new ApiError(403, 'not_allowed', 'This token may not see protected data.');
      const searched = read.search === null ? null : await searchedCrashIds(seen, read.search);
      if (searched !== null && 'fault' in searched) throw new ApiError(400, 'bad_query', searched.fault);
      const made = await context.store.erasures.prepare(read.wish, {
        person: person.user?.id ?? null,
        ...(searched !== null && { found: searched.found }),
      });
      addToAudit(c, { object: `erasure ${made.id}`, detail: { kind: made.kind, found: made.found } });
      return c.json(erasureJson(made), 201);
    },
  },
  {
    method: 'get',
    path: '/api/erasures/{id}',
    id: 'getErasure',
    summary: 'How far an erasure is',
    access: 'installation',
    parameters: [ID],
    answer: { status: 200, description: 'The erasure.', ...ANSWER },
    failures: [404],
    async run(request) {
      return request.c.json(erasureJson(await named(request)));
    },
  },
  {
    method: 'get',
    path: '/api/erasures/{id}/export',
    id: 'exportErasure',
    summary: 'What an erasure found, as a zip that people can read',
    description:
      'Before it is confirmed: a README, and for each report a folder with what it says and its files. Reports that you may not see are left out and counted.',
    access: 'installation',
    parameters: [ID],
    answer: {
      status: 200,
      description: 'The archive.',
      contentType: 'application/zip',
      schema: { type: 'string', format: 'binary' },
    },
    failures: [404, 409],
    async run(request) {
      const erasure = await named(request);
      const refused = exportRefusal(erasure, request.person.seesProtected);
      if (refused !== null) throw new ApiError(refused.status, refused.code, refused.message);
      const { c, context, seen, now } = { ...request, now: request.context.now() };
      addToAudit(c, { object: `erasure ${erasure.id}`, detail: { found: erasure.found } });
      const { id } = erasure;
      const { fileName, stream } = openErasureExport(seen, { id, at: now, erasures: context.store.erasures });
      return streamAnswer(c, stream, { fileName, size: null, contentType: 'application/zip' });
    },
  },
  {
    method: 'post',
    path: '/api/erasures/{id}/confirm',
    id: 'confirmErasure',
    summary: 'Erase what was found',
    description: 'It goes on in the background, also after a restart. Nothing brings it back.',
    access: 'installation',
    parameters: [ID],
    answer: { status: 200, description: 'The erasure.', ...ANSWER },
    failures: [404, 409],
    async run(request) {
      const { id, state } = await named(request);
      const busy = exportUnderWay(request.context.store.erasures, id);
      if (busy !== null) throw new ApiError(409, 'export_running', busy);
      if (!(await request.context.store.erasures.confirm(id)))
        throw new ApiError(409, 'not_ready', `The erasure cannot be confirmed: it is ${state}.`);
      return request.c.json(erasureJson(await named(request)));
    },
  },
  {
    method: 'delete',
    path: '/api/erasures/{id}',
    id: 'withdrawErasure',
    summary: 'Withdraw an erasure that was not confirmed',
    access: 'installation',
    parameters: [ID],
    answer: { status: 204, description: 'Nothing was erased.' },
    failures: [404, 409],
    async run(request) {
      const { id, state } = await named(request);
      if (!(await request.context.store.erasures.withdraw(id)))
        throw new ApiError(409, 'not_ready', `The erasure cannot be withdrawn: it is ${state}.`);
      return request.c.body(null, 204);
    },
  },
];
