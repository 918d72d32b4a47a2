// `cursor` and `limit`, the same for every list of the API.
import type { PageRequest } from '../../store/reports.ts';
import type { Parameter } from '../operations/operation.ts';
import { ApiError } from '../operations/operation.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

export const CURSOR_PARAMETERS: readonly Parameter[] = [
  { name: 'cursor', in: 'query', description: '`next` of the page before.' },
  {
    name: 'limit',
    in: 'query',
    description: 'Rows of a page.',
    schema: { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT },
  },
];

/** The page that a query string asks for; 400 where the limit is out of range. */
export function readPage(query: URLSearchParams): PageRequest {
  const text = query.get('limit') ?? String(DEFAULT_LIMIT);
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > MAX_LIMIT) {
    throw new ApiError(400, 'bad_limit', `"limit" must be a whole number from 1 to ${MAX_LIMIT}.`);
  }
  const cursor = query.get('cursor') ?? '';
  return cursor === '' || cursor.length > 500 ? { limit } : { limit, cursor };
}
