// /reports/{crash id}/raw/{name}: a payload as plain text, as sent or pretty-printed. Sandboxed: it is hostile.
import { downloadHeaders, streamAnswer } from '../../http/attachment-answer.ts';
import { MAX_SHOWN_BYTES, readText } from '../../view/payload-view.ts';
import { prettyJson } from '../../view/pretty-json.ts';
import { namedReport } from '../named-report.ts';
import { PageError } from '../page.ts';
import type { MemberPage } from '../page.ts';

/** Characters of pretty-printed text: indentation can make it many times as large as what was sent. */
const MAX_PRETTY = 4 * MAX_SHOWN_BYTES;

export const reportRawPage: MemberPage = {
  path: '/reports/:crash_id/raw/:name',
  access: 'dumps',
  nav: 'reports',
  async view(request) {
    const { c, seen, url } = request;
    const report = await namedReport(request);
    const attachment = report.attachments.find(
      ({ name, kind }) => kind === 'payload' && name === request.param('name'),
    );
    const found = attachment && (await seen.openAttachment(report.crashId, attachment.name));
    if (!found) {
      throw new PageError(404, 'The report has no payload of this name.', 'Go back to the report.');
    }
    const contentType = 'text/plain; charset=utf-8';
    if (url.searchParams.get('pretty') !== '1') {
      const response = streamAnswer(c, found.stream, {
        fileName: found.info.name,
        size: found.info.size,
        contentType,
      });
      response.headers.set('Content-Disposition', 'inline');
      return { kind: 'response', response };
    }
    found.stream.destroy();
    const read = await readText(seen, report.crashId, found.info.name);
    const pretty = read?.complete === true ? prettyJson(read.text, MAX_PRETTY) : null;
    if (pretty === null) {
      throw new PageError(
        404,
        'The payload is not JSON, or too large to be printed.',
        'Open it as it was sent.',
      );
    }
    const headers = {
      ...downloadHeaders('payload'),
      'Content-Type': contentType,
      'Content-Disposition': 'inline',
    };
    return { kind: 'response', response: new Response(pretty, { headers }) };
  },
};
