// API: reports. List, one, delete.
import { filteredJson } from '../view/counted-words.ts';
import { PERIODS } from '../query/crash-filter.ts';
import { readReportQuery } from '../query/report-query.ts';
import { readCrashId } from '../view/crash-id-text.ts';
import { reportJson, rowJson } from '../view/report-json.ts';
import type { SeenReport } from '../gate/seen-report.ts';
import type { ApiRequest, Operation, Parameter } from '../operations/operation.ts';
import { ApiError } from '../operations/operation.ts';
import { CURSOR_PARAMETERS, readPage } from './paging.ts';
import { badQuery } from './search-api.ts';
import { schemaRef } from '../operations/schemas.ts';

/** The path parameter of everything about one report. */
export const CRASH_ID: Parameter = {
  name: 'crash_id',
  in: 'path',
  description: 'A crash id; the prefix `bp-` is allowed.',
};

/** The report that a path names; 400 where it is no crash id, 404 where there is no such report. */
export async function namedReport(request: ApiRequest): Promise<SeenReport> {
  const report = await request.seen.getReport(namedCrashId(request));
  if (report === null) throw noSuchReport();
  return report;
}

/** The crash id of a path; 400 where it is none. */
export function namedCrashId(request: ApiRequest): string {
  const crashId = readCrashId(request.param('crash_id'));
  if (crashId === null) {
    throw new ApiError(
      400,
      'bad_crash_id',
      'That is not a crash id. One looks like de1bb258-cbbf-4589-a673-34f800160918.',
    );
  }
  return crashId;
}

/** The 404 of a crash id that nothing is stored under. */
export function noSuchReport(): ApiError {
  return new ApiError(
    404,
    'no_such_report',
    'There is no report with this crash id; it may have been pruned.',
  );
}

const FILTERS: readonly Parameter[] = [
  { name: 'account', in: 'query', description: 'Only this account.' },
  { name: 'product', in: 'query', description: 'Only this product.' },
  { name: 'protocol', in: 'query', description: 'Only this protocol.' },
  { name: 'version', in: 'query', description: 'Only this version.' },
  { name: 'platform', in: 'query', description: 'Only this platform.' },
  { name: 'channel', in: 'query', description: 'Only reports with a crash of this release channel.' },
  { name: 'environment', in: 'query', description: 'Only reports with a crash of this environment.' },
  { name: 'process_type', in: 'query', description: 'Only reports with a crash of this type of process.' },
  {
    name: 'period',
    in: 'query',
    description: `Only reports that arrived in the last ${PERIODS.join(', ')}.`,
  },
  {
    name: 'happened_from',
    in: 'query',
    description: 'Only reports with a crash of this day (2026-11-20, UTC) or a later one.',
  },
  {
    name: 'happened_to',
    in: 'query',
    description: 'Only reports with a crash of this day or an earlier one.',
  },
  {
    name: 'q',
    in: 'query',
    description: 'Only reports with a crash that this search selects (docs/searching.md).',
  },
  { name: 'state', in: 'query', description: 'Only reports in this processing state.' },
  {
    name: 'installation',
    in: 'query',
    description:
      'Only this installation: its number (`#123456`), or with the right to protected data its id.',
  },
  { name: 'from', in: 'query', description: 'A day (UTC) or ISO 8601 time, inclusive.' },
  { name: 'to', in: 'query', description: 'A day (UTC, the whole of it) or ISO 8601 time, exclusive.' },
  { name: 'text', in: 'query', description: 'Words that must all occur in the annotations.' },
];

/** `POST /api/reports/{crash_id}/pin` and `/unpin`. */
function pinning(name: 'pin' | 'unpin', summary: string): Operation {
  return {
    method: 'post',
    path: `/api/reports/{crash_id}/${name}`,
    id: `${name}Report`,
    summary,
    access: 'triage',
    parameters: [CRASH_ID],
    answer: { status: 204, description: 'It is so now.' },
    failures: [400, 404],
    async run(request) {
      const { reports } = request.context.store;
      if (!(await reports.pinReport(namedCrashId(request), name === 'pin'))) throw noSuchReport();
      return request.c.body(null, 204);
    },
  };
}

export const reportOperations: readonly Operation[] = [
  pinning('pin', 'Pin a report: it is pruned last'),
  pinning('unpin', 'Let a pinned report be pruned as any other'),
  {
    method: 'get',
    path: '/api/reports',
    id: 'listReports',
    summary: 'List reports, newest first',
    access: 'read',
    parameters: [...FILTERS, ...CURSOR_PARAMETERS],
    answer: {
      status: 200,
      description: 'A page of reports.',
      contentType: 'application/json',
      schema: schemaRef('ReportPage'),
    },
    failures: [400],
    async run({ c, reader, seen, person, query }) {
      const { filter, crashes, given, fault, problems } = readReportQuery(query, person);
      const wrong = fault === null ? problems : [fault, ...problems];
      if (wrong.length > 0) throw new ApiError(400, 'bad_filter', wrong.join(' '));
      if (crashes !== null) {
        const of = { account: given.account ?? null, product: given.product ?? null };
        const answer = await seen.searchReports(crashes, of, readPage(query));
        if ('fault' in answer) throw badQuery(answer.fault.problem, answer.fault.at);
        const { rows, next } = answer.found;
        return c.json({
          reports: rows.map((row) => rowJson(row, reader)),
          next,
          filtered: filteredJson(answer.found),
        });
      }
      const page = await seen.listReports(filter, readPage(query));
      return c.json({
        reports: page.rows.map((row) => rowJson(row, reader)),
        next: page.next,
        filtered: null,
      });
    },
  },
  {
    method: 'get',
    path: '/api/reports/{crash_id}',
    id: 'getReport',
    summary: 'Everything that came in with one report',
    access: 'read',
    parameters: [CRASH_ID],
    answer: {
      status: 200,
      description: 'The report.',
      contentType: 'application/json',
      schema: schemaRef('Report'),
    },
    failures: [400, 404],
    async run(request) {
      const report = await namedReport(request);
      return request.c.json(reportJson(report, request.reader));
    },
  },
  {
    method: 'delete',
    path: '/api/reports/{crash_id}',
    id: 'deleteReport',
    summary: 'Delete a report with its attachments',
    access: 'triage',
    parameters: [CRASH_ID],
    answer: { status: 204, description: 'It is gone.' },
    failures: [400, 404],
    async run(request) {
      const crashId = namedCrashId(request);
      if (!(await request.context.store.reports.deleteReport(crashId))) throw noSuchReport();
      request.context.log.info({ crashId, by: request.person.user?.id ?? 'admin token' }, 'report deleted');
      return request.c.body(null, 204);
    },
  },
];
