// API: the bytes of a report. Attachments as they came, and the zip bundle. Both count as protected data.
import { streamAnswer } from '../http/attachment-answer.ts';
import { openBundle } from '../http/bundle.ts';
import type { Operation } from '../operations/operation.ts';
import { ApiError } from '../operations/operation.ts';
import { CRASH_ID, namedReport } from './reports-api.ts';

export const attachmentOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/reports/{crash_id}/attachments/{name}',
    id: 'getAttachment',
    summary: 'The original bytes of an attachment',
    access: 'dumps',
    parameters: [CRASH_ID, { name: 'name', in: 'path', description: '`name` of the attachment.' }],
    answer: {
      status: 200,
      description: 'The bytes, always as a download.',
      contentType: 'application/octet-stream',
      schema: { type: 'string', format: 'binary' },
    },
    failures: [400, 404],
    async run(request) {
      const report = await namedReport(request);
      const found = await request.seen.openAttachment(report.crashId, request.param('name'));
      if (found === null) {
        throw new ApiError(404, 'no_such_attachment', 'The report has no attachment of this name.');
      }
      return streamAnswer(request.c, found.stream, { fileName: found.info.name, size: found.info.size });
    },
  },
  {
    method: 'get',
    path: '/api/reports/{crash_id}/bundle',
    id: 'getBundle',
    summary: 'The report as one zip: dump (.dmp), metadata (.info), other attachments',
    access: 'dumps',
    parameters: [CRASH_ID],
    answer: {
      status: 200,
      description: 'The archive.',
      contentType: 'application/zip',
      schema: { type: 'string', format: 'binary' },
    },
    failures: [400, 404],
    async run(request) {
      const bundle = openBundle(request.seen, await namedReport(request));
      return streamAnswer(request.c, bundle.stream, {
        fileName: bundle.fileName,
        size: null,
        contentType: 'application/zip',
      });
    },
  },
];
