// The JSON Schemas of searches.
import { text, textOrNull, count, time, flag, listOf, record } from './schema-parts.ts';
import type { Schema } from './operation.ts';

const number: Schema = { type: ['number', 'integer'] };
/** A value of a search: a text or a number. */
const cell: Schema = { type: ['string', 'number', 'integer'] };

export const SEARCH_SCHEMAS = {
  Search: record({
    crashes: { ...count, description: 'Crashes: clients count several as one.' },
    rows: { ...count, description: 'Crashes of reports, each once.' },
    complete: {
      ...flag,
      description: 'False: the time was up, and the newest `counted` of `existing` were looked at.',
    },
    counted: count,
    existing: count,
    waiting: { ...count, description: 'Reports that are not processed yet.' },
    asOf: time,
    facets: listOf(
      record(
        {
          key: text,
          within: { ...text, description: 'The second key of a group.' },
          values: listOf(
            record(
              {
                value: cell,
                crashes: count,
                installations: count,
                within: listOf(record({ value: cell, crashes: count })),
              },
              ['within'],
            ),
          ),
          different: count,
          absent: count,
        },
        ['within'],
      ),
    ),
    histogram: listOf(record({ time, crashes: count })),
    distinct: { type: 'object', additionalProperties: count },
    numbers: {
      type: 'object',
      additionalProperties: {
        anyOf: [
          record({
            count,
            least: number,
            greatest: number,
            mean: number,
            percentiles: record({ p5: number, p25: number, p50: number, p75: number, p95: number }),
          }),
          { type: 'null' },
        ],
      },
    },
    list: listOf({
      type: 'object',
      description: 'By column.',
      additionalProperties: { anyOf: [cell, listOf(text), { type: 'null' }] },
    }),
    next: textOrNull,
  }),
  SavedSearchList: record({
    searches: listOf(
      record({
        id: count,
        name: text,
        page: text,
        query: { ...text, description: 'The query string of the page.' },
        shared: flag,
        own: flag,
        changedAt: time,
        url: text,
      }),
    ),
  }),
  NewSavedSearch: record(
    {
      name: { type: 'string', minLength: 1, maxLength: 100 },
      page: { enum: ['search', 'bugs', 'reports'] },
      query: { ...text, description: 'A query string, such as `q=version:2.1&period=28d`.' },
      shared: flag,
    },
    ['page', 'shared'],
  ),
  SavedSearchId: record({ id: count }),
  SearchFields: record({
    fields: listOf(record({ name: text, about: text, isField: flag, isProtected: flag })),
  }),
} as const satisfies Readonly<Record<string, Schema>>;
