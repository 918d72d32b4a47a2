// /reports: what is crashing. Newest first, paged by key, filters in the address.
import { html } from 'hono/html';
import { readReportQuery, reportsLink } from '../../query/report-query.ts';
import { readCrashId } from '../../view/crash-id-text.ts';
import { codeBlock } from '../components/code.ts';
import { pager } from '../components/pager.ts';
import { reportFilters } from '../components/report-filters.ts';
import { reportTable } from '../components/report-table.ts';
import { sampleCurl } from '../components/integration-samples.ts';
import type { Html, MemberPage } from '../page.ts';

const ROWS = 40;

export const reportListPage: MemberPage = {
  path: '/reports',
  access: 'read',
  nav: 'reports',
  async view({ context, person, url, now, seen }) {
    const query = readReportQuery(url.searchParams, person);
    const crashId = readCrashId(query.given.text ?? '');
    if (crashId !== null && (await seen.getReport(crashId)) !== null) {
      return { kind: 'redirect', to: `/reports/${crashId}` };
    }
    const cursor = query.cursor === null ? {} : { cursor: query.cursor };
    const [page, facets] = await Promise.all([
      seen.listReports(query.filter, { limit: ROWS, ...cursor }),
      context.facets.get(),
    ]);
    const filtered = Object.keys(query.given).length > 0;
    return {
      kind: 'html',
      title: query.given.product === undefined ? 'Reports' : `${query.given.product} reports`,
      body: html`<h1>Reports</h1>
        ${reportFilters(query, facets)}
        ${
          page.rows.length > 0
            ? reportTable(page.rows, now)
            : emptyList({
                filtered,
                paged: query.cursor !== null,
                more: page.next !== null,
                submitUrl: context.submitUrl,
              })
        }
        ${pager({
          newest: query.cursor === null ? null : reportsLink(query.given),
          older: page.next === null ? null : reportsLink({ ...query.given, cursor: page.next }),
        })}`,
    };
  },
};

function emptyList(options: {
  readonly filtered: boolean;
  readonly paged: boolean;
  readonly more: boolean;
  readonly submitUrl: string;
}): Html {
  if (options.more) {
    return html`<p class="empty">
      Nothing among the reports looked through so far. "Older" looks further back.
    </p>`;
  }
  if (options.paged) return html`<p class="empty">There are no older reports.</p>`;
  if (options.filtered) {
    return html`<p class="empty">
      No report matches these filters. <a href="/reports">Show all reports</a>
    </p>`;
  }
  return html`<section class="empty">
    <h2>No crash yet</h2>
    <p>Post a sample, then load this page again:</p>
    ${codeBlock({ id: 'sample', label: 'A command that posts a sample crash', text: sampleCurl(options.submitUrl) })}
    <p>
      To make a program report here, see the
      <a href="/products/default/Sample/integration">integration page</a>.
    </p>
  </section>`;
}
