// API: the state of the server.
import { isoTime } from '../view/report-json.ts';
import type { Operation } from '../operations/operation.ts';
import { schemaRef } from '../operations/schemas.ts';

export const statusOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/status',
    id: 'getStatus',
    summary: 'Disk, queue, rates and versions',
    access: 'whole',
    answer: {
      status: 200,
      description: 'The state now.',
      contentType: 'application/json',
      schema: schemaRef('Status'),
    },
    async run({ c, context }) {
      const status = await context.store.reports.status();
      return c.json({
        ...context.version,
        ...status,
        oldestReportAt: isoTime(status.oldestReportAt),
        newestReportAt: isoTime(status.newestReportAt),
      });
    },
  },
];
