// /reports/{crash id}/attachments/{name}: the original bytes, as a download.
import { streamAnswer } from '../../http/attachment-answer.ts';
import { namedReport } from '../named-report.ts';
import { PageError } from '../page.ts';
import type { MemberPage } from '../page.ts';

export const reportAttachmentPage: MemberPage = {
  path: '/reports/:crash_id/attachments/:name',
  access: 'dumps',
  nav: 'reports',
  async view(request) {
    const { crashId } = await namedReport(request);
    const found = await request.seen.openAttachment(crashId, request.param('name'));
    if (found === null) {
      throw new PageError(404, 'The report has no attachment of this name.', 'Go back to the report.');
    }
    const { name, size } = found.info;
    return { kind: 'response', response: streamAnswer(request.c, found.stream, { fileName: name, size }) };
  },
};
