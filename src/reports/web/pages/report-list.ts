// /reports: what is crashing. Newest first, paged by key, filters in the address.
import { countedWords } from '../../view/counted-words.ts';
import { html } from 'hono/html';
import type { Page, PageRequest } from '../../../store/reports.ts';
import type { SeenStore } from '../../gate/gate.ts';
import type { SeenRow } from '../../gate/seen-report.ts';
import { crashFilterOf, faultSentence } from '../../query/crash-filter.ts';
import { readReportQuery, reportsLink } from '../../query/report-query.ts';
import type { ReportQuery } from '../../query/report-query.ts';
import { readCrashId } from '../../view/crash-id-text.ts';
import { codeBlock } from '../components/code.ts';
import { faultBox } from '../components/form-controls.ts';
import { pager } from '../components/pager.ts';
import { reportFilters } from '../components/report-filters.ts';
import { reportTable } from '../components/report-table.ts';
import { count } from '../components/value-table.ts';
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
    const [listed, facets] = await Promise.all([
      listOf(seen, query, { limit: ROWS, ...cursor }),
      seen.facets(),
    ]);
    const { page, fault, note } = listed;
    const filtered = Object.keys(query.given).length > 0;
    return {
      kind: 'html',
      title: query.given.product === undefined ? 'Reports' : `${query.given.product} reports`,
      status: fault === null ? 200 : 400,
      body: html`<h1>Reports</h1>
        ${faultBox(fault)} ${reportFilters(query, facets)} ${note}
        ${
          fault !== null
            ? null
            : page.rows.length > 0
              ? reportTable(page.rows, { now, given: crashFilterOf(query.given) })
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

interface Listed {
  readonly page: Page<SeenRow>;
  /** What is wrong with the search. */
  readonly fault: string | null;
  readonly note: Html | null;
}

/** The rows: by the index of the list, or by a search where one is asked for. */
async function listOf(seen: SeenStore, query: ReportQuery, page: PageRequest): Promise<Listed> {
  if (query.fault !== null) return { page: { rows: [], next: null }, fault: query.fault, note: null };
  if (query.crashes === null) {
    return { page: await seen.listReports(query.filter, page), fault: null, note: null };
  }
  const of = { account: query.given.account ?? null, product: query.given.product ?? null };
  const answer = await seen.searchReports(query.crashes, of, page);
  if ('fault' in answer) {
    const { problem, at } = answer.fault;
    return { page: { rows: [], next: null }, fault: faultSentence(problem, at), note: null };
  }
  const { crashes, complete, counted, existing, waiting } = answer.found;
  return {
    page: answer.found,
    fault: null,
    note: html`<p class="quiet" role="status">
      ${count(crashes)} ${crashes === 1 ? 'crash' : 'crashes'} under this filter${countedWords({ complete, counted, existing })}${waiting === 0 ? '' : `; ${count(waiting)} ${waiting === 1 ? 'report waits' : 'reports wait'} for processing and ${waiting === 1 ? 'is' : 'are'} not among them`}
    </p>`,
  };
}

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
