// /reports/{crash id}/bundle: dump and metadata in one zip.
import { streamAnswer } from '../../http/attachment-answer.ts';
import { openBundle } from '../../http/bundle.ts';
import { namedReport } from '../named-report.ts';
import type { MemberPage } from '../page.ts';

export const reportBundlePage: MemberPage = {
  path: '/reports/:crash_id/bundle',
  access: 'dumps',
  nav: 'reports',
  async view(request) {
    const bundle = openBundle(request.seen, await namedReport(request));
    const response = streamAnswer(request.c, bundle.stream, {
      fileName: bundle.fileName,
      size: null,
      contentType: 'application/zip',
    });
    return { kind: 'response', response };
  },
};
