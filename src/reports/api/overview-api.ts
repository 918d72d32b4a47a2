// API: the overview of a product.
import { bugRowJson } from '../view/bug-json.ts';
import { namedProduct, PRODUCT_PARAMETERS } from './products-api.ts';
import { CRASH_FILTER_NAMES, readCrashFilter } from '../query/crash-filter.ts';
import { filteredOverview } from '../query/filtered-overview.ts';
import { CRASH_FILTER_TEXTS, badQuery } from './search-api.ts';
import type { Operation, Parameter } from '../operations/operation.ts';
import { ApiError } from '../operations/operation.ts';
import { schemaRef } from '../operations/schemas.ts';

const DEFAULT_DAYS = 28;
const MAX_DAYS = 90;

export const overviewOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/products/{account}/{product}/overview',
    id: 'getOverview',
    summary: 'Crashes by day and version, top bugs, new and reopened ones, installations',
    access: 'read',
    parameters: [
      ...PRODUCT_PARAMETERS,
      {
        name: 'days',
        in: 'query',
        description:
          'Crashes whose reports arrived in the last so many times 24 hours; the series has so many days, ending today (UTC).',
        schema: { type: 'integer', minimum: 1, maximum: MAX_DAYS, default: DEFAULT_DAYS },
      },
      ...CRASH_FILTER_NAMES.map((name): Parameter => ({
        name,
        in: 'query',
        description: CRASH_FILTER_TEXTS[name],
      })),
    ],
    answer: {
      status: 200,
      description: 'The overview.',
      contentType: 'application/json',
      schema: schemaRef('Overview'),
    },
    description: 'Every number counts the crashes of these days that the filter selects.',
    failures: [400, 404],
    async run(request) {
      const text = request.query.get('days') ?? String(DEFAULT_DAYS);
      const days = /^\d{1,3}$/.test(text) ? Number(text) : 0;
      if (days < 1 || days > MAX_DAYS) {
        throw new ApiError(400, 'bad_days', `"days" must be a whole number from 1 to ${MAX_DAYS}.`);
      }
      const { account, name } = await namedProduct(request);
      const { query, problem, at, given } = readCrashFilter(request.query);
      if (problem !== null) throw badQuery(problem, at);
      const asked = {
        account,
        product: name,
        days,
        query,
        period: given.period,
        now: request.context.now(),
      };
      const found = await filteredOverview(request.seen, asked);
      if ('fault' in found) throw badQuery(found.fault.problem, found.fault.at);
      const { byDay: _bars, ...overview } = found.overview;
      return request.c.json({
        ...overview,
        topBugs: overview.topBugs.map((row) => bugRowJson(row, request.reader)),
        newBugs: overview.newBugs.map((row) => bugRowJson(row, request.reader)),
        reopenedBugs: overview.reopenedBugs.map((row) => bugRowJson(row, request.reader)),
      });
    },
  },
];
