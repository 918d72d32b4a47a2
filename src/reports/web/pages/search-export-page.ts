// /search/export: what the search page shows, all of it, as a file.
import { streamAnswer } from '../../http/attachment-answer.ts';
import { EXPORT_FORMATS, openSearchExport } from '../../http/search-export.ts';
import { faultSentence } from '../../query/crash-filter.ts';
import { readExportQuery } from '../../query/search-query.ts';
import type { MemberPage } from '../page.ts';
import { PageError } from '../page.ts';

export const searchExportPage: MemberPage = {
  path: '/search/export',
  access: 'read',
  nav: 'search',
  async view({ c, seen, url }) {
    const params = url.searchParams;
    const { asked, problem, at } = readExportQuery(params);
    if (asked === null) throw wrong(faultSentence(problem ?? '', at));
    const format = EXPORT_FORMATS.find((one) => one === (params.get('format') ?? 'csv'));
    if (format === undefined) throw wrong(`"format" is none of ${EXPORT_FORMATS.join(', ')}.`);
    const opened = await openSearchExport(seen, asked, format);
    if ('fault' in opened) throw wrong(faultSentence(opened.fault.problem, opened.fault.at));
    const { stream, ...about } = opened;
    return { kind: 'response', response: streamAnswer(c, stream, { ...about, size: null }) };
  },
};

function wrong(problem: string): PageError {
  return new PageError(400, problem, 'Try the search on its page first, and export from there.');
}
