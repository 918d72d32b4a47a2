// API: what the processor made of a report, where it was filed and why; processing again, and moving it.
import { readBugId, nameOf } from '../view/bug-change.ts';
import { seenProcessed } from '../view/processed-json.ts';
import type { Operation } from './operation.ts';
import { ApiError } from './operation.ts';
import { CRASH_ID, namedCrashId, namedReport, noSuchReport } from './reports.ts';
import { schemaRef } from './schemas.ts';

export const processedOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/reports/{crash_id}/processed',
    id: 'getProcessedReport',
    summary: 'What the processor made of a report, its bugs, and why it is there',
    description:
      '`processed` is null until the report is processed; `failure` says why processing failed. Protected sections, local variables and the private parts of minidumps are left out for tokens without that right.',
    access: 'read',
    parameters: [CRASH_ID],
    answer: {
      status: 200,
      description: 'The processed report.',
      contentType: 'application/json',
      schema: schemaRef('Processed'),
    },
    failures: [400, 404],
    async run(request) {
      const { crashId } = await namedReport(request);
      const { bugs, queue } = request.context.store;
      const [found, failure, why] = await Promise.all([
        queue.getProcessed(crashId),
        queue.failure(crashId),
        bugs.whyHere(crashId),
      ]);
      return request.c.json({
        processed: found === null ? null : seenProcessed(found.processed, request.person),
        bugs: found?.bugIds ?? [],
        why,
        failure,
      });
    },
  },
  {
    method: 'post',
    path: '/api/reports/{crash_id}/reprocess',
    id: 'reprocessReport',
    summary: 'Process a report (again)',
    description: 'Deferred, processed and failed reports go back into the queue. No count changes.',
    access: 'write',
    parameters: [CRASH_ID],
    answer: { status: 204, description: 'It is queued.' },
    failures: [400, 404],
    async run(request) {
      if (!(await request.context.store.reports.requeueReport(namedCrashId(request)))) throw noSuchReport();
      return request.c.body(null, 204);
    },
  },
  {
    method: 'post',
    path: '/api/reports/{crash_id}/move',
    id: 'moveReport',
    summary: 'File a report under another bug of its product, for good',
    access: 'write',
    parameters: [CRASH_ID],
    requestBody: schemaRef('MoveReport'),
    answer: { status: 204, description: 'It is filed there.' },
    failures: [400, 404],
    async run(request) {
      const { crashId } = await namedReport(request);
      const body = await request.body();
      const { bugs } = request.context.store;
      const named = readBugId(body['bug']);
      const into = named === null ? null : await bugs.resolveBug(named);
      if (into === null || !(await bugs.moveReport(crashId, into, nameOf(request.person)))) {
        throw new ApiError(400, 'cannot_move', '"bug" must be the number of a bug of the same product.');
      }
      return request.c.body(null, 204);
    },
  },
];
