// /reports/{crash id}/processed: the processed report as JSON, without what the person may not see.
import { namedReport } from '../named-report.ts';
import { PageError } from '../page.ts';
import type { MemberPage } from '../page.ts';

export const reportProcessedPage: MemberPage = {
  path: '/reports/:crash_id/processed',
  access: 'read',
  nav: 'reports',
  async view(request) {
    const { crashId } = await namedReport(request);
    const found = await request.seen.getProcessed(crashId);
    if (found === null) {
      throw new PageError(404, 'The report is not processed.', 'Open the report: it says what it waits for.');
    }
    const body = JSON.stringify(found.processed, null, 1);
    const headers = {
      'Content-Type': 'application/json; charset=utf-8',
      'Cache-Control': 'private, no-store',
    };
    return { kind: 'response', response: new Response(body, { headers }) };
  },
};
