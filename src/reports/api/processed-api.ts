// API: what the processor made of a report, where it was filed and why; processing again, and moving it.
import { readAddress, reportMemory } from '../query/read-report-memory.ts';
import { readBugId, nameOf } from '../view/bug-change.ts';
import { withSourceLinks } from '../view/source-links-json.ts';
import type { Operation } from '../operations/operation.ts';
import { ApiError } from '../operations/operation.ts';
import { CRASH_ID, namedCrashId, namedReport, noSuchReport } from './reports-api.ts';
import { schemaRef } from '../operations/schemas.ts';

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
      const report = await namedReport(request);
      const { crashId } = report;
      const { seen } = request;
      const [found, failure, why, link] = await Promise.all([
        seen.getProcessed(crashId),
        seen.failure(crashId),
        seen.whyHere(crashId),
        seen.frameLinker(report),
      ]);
      return request.c.json({
        processed: found === null ? null : withSourceLinks(found.processed, link),
        bugs: found?.bugIds ?? [],
        why,
        failure,
      });
    },
  },
  {
    method: 'get',
    path: '/api/reports/{crash_id}/memory',
    id: 'getMemory',
    summary: 'Bytes of the crashed process around an address, from its minidump',
    access: 'dumps',
    parameters: [
      CRASH_ID,
      { name: 'at', in: 'query', description: 'The address in hexadecimal digits, `0x` allowed. Required.' },
      { name: 'dump', in: 'query', description: 'The attachment; default: `upload_file_minidump`.' },
    ],
    answer: {
      status: 200,
      description: 'The memory.',
      contentType: 'application/json',
      schema: schemaRef('Memory'),
    },
    failures: [400, 404],
    async run(request) {
      const report = await namedReport(request);
      const at = readAddress(request.query.get('at') ?? '');
      if (at === null)
        throw new ApiError(400, 'bad_address', '"at" must be an address in hexadecimal digits.');
      const dump = request.query.get('dump') ?? 'upload_file_minidump';
      const answer = await reportMemory(request.seen, report, { dump, at });
      if (answer.kind !== 'memory') {
        throw new ApiError(
          404,
          answer.kind,
          'The report holds no minidump of this name with memory at this address.',
        );
      }
      const { start, bytes } = answer.window;
      return request.c.json({ start: `0x${start.toString(16)}`, bytes: Buffer.from(bytes).toString('hex') });
    },
  },
  {
    method: 'post',
    path: '/api/reports/{crash_id}/reprocess',
    id: 'reprocessReport',
    summary: 'Process a report (again)',
    description: 'Deferred, processed and failed reports go back into the queue. No count changes.',
    access: 'triage',
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
    access: 'triage',
    parameters: [CRASH_ID],
    requestBody: schemaRef('MoveReport'),
    answer: { status: 204, description: 'It is filed there.' },
    failures: [400, 404],
    async run(request) {
      const { crashId } = await namedReport(request);
      const body = await request.body();
      const { bugs } = request.context.store;
      const named = readBugId(body['bug']);
      const into = named === null ? null : await request.seen.resolveBug(named);
      if (into === null || !(await bugs.moveReport(crashId, into, nameOf(request.person)))) {
        throw new ApiError(400, 'cannot_move', '"bug" must be the number of a bug of the same product.');
      }
      return request.c.body(null, 204);
    },
  },
];
