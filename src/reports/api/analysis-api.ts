// API: top crashers, what goes with a bug, and which release brought it.
import { parseQuery } from '../../search/query/parse-query.ts';
import { readTopQuery, TOP_FILTER_NAMES, TOP_ORDERS } from '../query/release-query.ts';
import { PERIODS } from '../query/crash-filter.ts';
import { correlationsJson, suspectsJson, topJson } from '../view/release-json.ts';
import type { Operation } from '../operations/operation.ts';
import { ApiError } from '../operations/operation.ts';
import { schemaRef } from '../operations/schemas.ts';
import { BUG, namedBug, noSuchBug } from './bugs-api.ts';
import { CURSOR_PARAMETERS, readPage } from './paging.ts';
import { badQuery } from './search-api.ts';

export const analysisOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/top',
    id: 'topCrashers',
    summary: 'Bugs by their crashes in a period, with their place in the equal period before',
    access: 'read',
    parameters: [
      ...TOP_FILTER_NAMES.map((name) => ({
        name,
        in: 'query' as const,
        description: 'As in `GET /api/bugs` and `GET /api/search`.',
      })),
      { name: 'period', in: 'query', description: `One of ${PERIODS.join(', ')}; default 7d.` },
      { name: 'by', in: 'query', description: `What places go by: ${TOP_ORDERS.join(', ')}.` },
      ...CURSOR_PARAMETERS.filter(({ name }) => name === 'limit'),
    ],
    answer: {
      status: 200,
      description: 'The top crashers.',
      contentType: 'application/json',
      schema: schemaRef('TopCrashers'),
    },
    failures: [400],
    async run({ c, seen, person, query, reader }) {
      const { limit } = readPage(query);
      const asked = readTopQuery(query, person);
      if (asked.problems.length > 0) throw new ApiError(400, 'bad_filter', asked.problems.join(' '));
      const { periodMs, by } = asked;
      const answer = await seen.topCrashers(asked.query, asked.filter, { periodMs, by, limit });
      if ('fault' in answer) throw badQuery(answer.fault.problem, answer.fault.at);
      return c.json(topJson(answer.top, reader));
    },
  },
  {
    method: 'get',
    path: '/api/bugs/{bug}/correlations',
    id: 'bugCorrelations',
    summary: 'Values that a bug’s crashes have more often than the other crashes of its product',
    description:
      'Counted in installations; of values that a tenth of them have, those that remain at a false discovery rate of 1 %. Protected values take part for who may see them. At most a minute old.',
    access: 'read',
    parameters: [
      BUG,
      {
        name: 'q',
        in: 'query',
        description: 'Only crashes that this search selects, of the bug and of others.',
      },
    ],
    answer: {
      status: 200,
      description: 'The strongest first.',
      contentType: 'application/json',
      schema: schemaRef('Correlations'),
    },
    failures: [400, 404],
    async run(request) {
      const id = await namedBug(request);
      const parsed = parseQuery(request.query.get('q') ?? '');
      if ('fault' in parsed) throw badQuery(parsed.fault.problem, parsed.fault.at);
      const answer = await request.seen.correlations(id, parsed.query);
      if (answer === null) throw noSuchBug();
      if ('fault' in answer) throw badQuery(answer.fault.problem, answer.fault.at);
      return request.c.json(correlationsJson(answer.found));
    },
  },
  {
    method: 'get',
    path: '/api/bugs/{bug}/origin',
    id: 'bugOrigin',
    summary: 'Which release brought a bug',
    description:
      'The oldest release that has it. `p`: how likely it is by chance that older ones did not show it; below 0.05 the release brought the bug.',
    access: 'read',
    parameters: [BUG],
    answer: {
      status: 200,
      description: 'Null: no crash of the bug names a version.',
      contentType: 'application/json',
      schema: schemaRef('Origin'),
    },
    failures: [404],
    async run(request) {
      return request.c.json({ origin: await request.seen.originOf(await namedBug(request)) });
    },
  },
  {
    method: 'get',
    path: '/api/bugs/{bug}/suspects',
    id: 'bugSuspects',
    summary: 'Commits that may have brought a bug, and who owns its files',
    description:
      'Of the commits that a tool named of the oldest release that has the bug, those that changed files of its stack. A suspicion, no proof.',
    access: 'read',
    parameters: [BUG],
    answer: {
      status: 200,
      description: 'The most suspect first.',
      contentType: 'application/json',
      schema: schemaRef('Suspects'),
    },
    failures: [404],
    async run(request) {
      const found = await request.seen.suspectsOf(await namedBug(request));
      if (found === null) throw noSuchBug();
      return request.c.json(suspectsJson(found));
    },
  },
];
