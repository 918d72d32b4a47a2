// API: bugs. List, one with everything its page shows, its reports. What people do to them is in bug-changes.ts.
import { filteredJson } from '../view/counted-words.ts';
import { BUG_FILTER_NAMES, readBugQuery } from '../query/bug-query.ts';
import type { BugFilterName } from '../query/bug-query.ts';
import { readBugId } from '../view/bug-change.ts';
import { bugJson, bugRowJson, wholeBugJson } from '../view/bug-json.ts';
import { rowJson } from '../view/report-json.ts';
import type { ApiRequest, Operation, Parameter } from '../operations/operation.ts';
import { ApiError } from '../operations/operation.ts';
import { CURSOR_PARAMETERS, readPage } from './paging.ts';
import { badQuery } from './search-api.ts';
import { schemaRef } from '../operations/schemas.ts';

/** The path parameter of everything about one bug. */
export const BUG: Parameter = {
  name: 'bug',
  in: 'path',
  description: 'The number of a bug. That of a bug that was merged into another leads to the other.',
};

const FILTERS: Readonly<Record<BugFilterName, string>> = {
  state: 'Only this state: open, closed, ignored; default: all.',
  account: 'Only this account.',
  product: 'Only this product.',
  version: 'Only crashes of this version: counts, installations and bars are theirs.',
  platform: 'Only crashes of this platform; counts are theirs.',
  channel: 'Only crashes of this release channel; counts are theirs.',
  environment: 'Only crashes of this environment; counts are theirs.',
  process_type: 'Only crashes of this type of process; counts are theirs.',
  period: 'Only crashes that arrived in the last 24h, 7d, 28d, 90d, 400d; counts are theirs.',
  happened_from: 'Only crashes of this day (2026-11-20) or later ones; counts are theirs.',
  happened_to: 'Only crashes of this day or earlier ones; counts are theirs.',
  q: 'Only crashes that this search selects (docs/searching.md); counts are theirs.',
  kind: 'Only this kind of crash: native, go, java, javascript, python, php, ruby, dotnet, other.',
  severity: 'Only this severity: normal, major.',
  assignee: 'Only bugs of this person (e-mail address), or `me`.',
  seen_from: 'Seen since this day (UTC) or ISO 8601 time.',
  new_since: 'First seen, or reopened, since this day (UTC) or ISO 8601 time.',
  text: 'Words in title and message.',
  order:
    '`week` (of the last occurrence, new ones first, then by count; the default without a filter of crashes), count (the default with one), installations, days (crashes of the bars), versions (the newest of each bug), last_seen, first_seen: greatest first; title, product, platforms, kind, assignee: A first. A minus in front turns it round; what a bug has nothing of comes last.',
};

/** The number of the bug that a path names, after merges; 404 where there is none. */
export async function namedBug(request: ApiRequest): Promise<number> {
  const id = readBugId(request.param('bug'));
  const today = id === null ? null : await request.seen.resolveBug(id);
  if (today === null) throw noSuchBug();
  return today;
}

/** The 404 of a number that is no bug. */
export function noSuchBug(): ApiError {
  return new ApiError(404, 'no_such_bug', 'There is no bug with this number.');
}

export const bugOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/bugs',
    id: 'listBugs',
    summary: 'List bugs',
    access: 'read',
    parameters: [
      ...BUG_FILTER_NAMES.map((name): Parameter => ({ name, in: 'query', description: FILTERS[name] })),
      ...CURSOR_PARAMETERS,
    ],
    answer: {
      status: 200,
      description: 'A page of bugs.',
      contentType: 'application/json',
      schema: schemaRef('BugPage'),
    },
    failures: [400],
    async run({ c, reader, seen, person, query }) {
      const { filter, crashes, fault, problems } = readBugQuery(query, { person, defaultState: 'all' });
      const wrong = fault === null ? problems : [fault, ...problems];
      if (wrong.length > 0) throw new ApiError(400, 'bad_filter', wrong.join(' '));
      if (crashes === null) {
        const page = await seen.listBugs(filter, readPage(query));
        const rows = await seen.withUsers(page.rows);
        return c.json({ bugs: rows.map((row) => bugRowJson(row, reader)), next: page.next, filtered: null });
      }
      const answer = await seen.searchBugs(crashes, filter, readPage(query));
      if ('fault' in answer) throw badQuery(answer.fault.problem, answer.fault.at);
      return c.json({
        bugs: answer.found.rows.map((row) => bugRowJson(row, reader)),
        next: answer.found.next,
        filtered: filteredJson(answer.found),
      });
    },
  },
  {
    method: 'get',
    path: '/api/bugs/{bug}',
    id: 'getBug',
    summary: 'One bug with its cases, counts, values and history',
    description: 'Protected values and the request path are left out for tokens without that right.',
    access: 'read',
    parameters: [BUG],
    answer: {
      status: 200,
      description: 'The bug.',
      contentType: 'application/json',
      schema: schemaRef('WholeBug'),
    },
    failures: [404],
    async run(request) {
      const whole = await request.seen.wholeBug(await namedBug(request));
      if (whole === null) throw noSuchBug();
      const [bug = whole.bug] = await request.seen.withUsers([whole.bug]);
      return request.c.json(wholeBugJson({ ...whole, bug }, request.reader));
    },
  },
  {
    method: 'get',
    path: '/api/bugs/{bug}/similar',
    id: 'listSimilarBugs',
    summary: 'Other bugs of the product with similar stacks, and why they are not this one',
    description: 'At most five, the most similar first. They are suggestions: nothing is merged by itself.',
    access: 'read',
    parameters: [BUG],
    answer: {
      status: 200,
      description: 'The similar bugs.',
      contentType: 'application/json',
      schema: schemaRef('SimilarBugs'),
    },
    failures: [404],
    async run(request) {
      const similar = await request.seen.similarBugs(await namedBug(request));
      return request.c.json({
        similar: similar.map(({ row, similarity, difference }) => ({
          bug: { ...row, lastSeenAt: new Date(row.lastSeenAt).toISOString() },
          similarity: Math.round(similarity * 1000) / 1000,
          reasons: difference?.reasons ?? [],
          parts: difference?.parts ?? [],
          frames: difference?.frames ?? [],
        })),
      });
    },
  },
  {
    method: 'get',
    path: '/api/bugs/{bug}/compare/{other}',
    id: 'compareBugs',
    summary:
      'Why a bug is not another one of its product: which parts of their keys differ, and their stacks',
    access: 'read',
    parameters: [BUG, { name: 'other', in: 'path', description: 'The number of the other bug.' }],
    answer: {
      status: 200,
      description: 'Both bugs, what their keys differ in, and their stacks side by side.',
      contentType: 'application/json',
      schema: schemaRef('BugComparison'),
    },
    failures: [400, 404],
    async run(request) {
      const id = await namedBug(request);
      const named = readBugId(request.param('other'));
      const otherId = named === null ? null : await request.seen.resolveBug(named);
      if (otherId === null) throw noSuchBug();
      const compared = otherId === id ? null : await request.seen.compareBugs(id, otherId);
      if (compared === null)
        throw new ApiError(400, 'cannot_compare', 'Bugs are compared with other bugs of the same product.');
      const { one, other, difference } = compared;
      return request.c.json({
        one: bugJson(one, request.reader),
        other: bugJson(other, request.reader),
        reasons: difference?.reasons ?? [],
        parts: difference?.parts ?? [],
        frames: difference?.frames ?? [],
      });
    },
  },
  {
    method: 'get',
    path: '/api/bugs/{bug}/reports',
    id: 'listBugReports',
    summary: 'The stored reports of a bug, newest first',
    access: 'read',
    parameters: [BUG, ...CURSOR_PARAMETERS],
    answer: {
      status: 200,
      description: 'A page of reports.',
      contentType: 'application/json',
      schema: schemaRef('ReportPage'),
    },
    failures: [400, 404],
    async run(request) {
      const id = await namedBug(request);
      const page = await request.seen.reportsOf(id, readPage(request.query));
      return request.c.json({
        reports: page.rows.map((row) => rowJson(row, request.reader)),
        next: page.next,
        filtered: null,
      });
    },
  },
];
