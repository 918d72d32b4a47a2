// A search that a person wants to keep: checked, and as a link.
import type { SavedSearch } from '../../store/crash-search.ts';
import { readCrashFilter } from './crash-filter.ts';

export const SAVED_PAGES = ['search', 'bugs', 'reports'] as const;
const MAX_NAME = 100;
const MAX_TEXT = 8192;

export type Checked =
  | { readonly ok: true; readonly value: Pick<SavedSearch, 'name' | 'page' | 'query' | 'shared'> }
  | { readonly ok: false; readonly fault: string };

/** `query`: a query string of the page; what stands for a moment, a cursor, is taken out. */
export function checkSavedSearch(given: Readonly<Record<string, unknown>>): Checked {
  const { name, page = 'search', query, shared = false } = given;
  if (typeof name !== 'string' || name.trim() === '' || name.length > MAX_NAME)
    return { ok: false, fault: `"name" must be a text of 1 to ${MAX_NAME} characters.` };
  const known = SAVED_PAGES.find((one) => one === page);
  if (known === undefined) return { ok: false, fault: `"page" is none of ${SAVED_PAGES.join(', ')}.` };
  if (typeof query !== 'string' || query.length > MAX_TEXT)
    return { ok: false, fault: `"query" must be a query string of at most ${MAX_TEXT} characters.` };
  if (typeof shared !== 'boolean') return { ok: false, fault: '"shared" must be true or false.' };
  const params = new URLSearchParams(query.replace(/^\?/, ''));
  for (const passing of ['cursor', 'done', 'format']) params.delete(passing);
  const { problem } = readCrashFilter(params);
  if (problem !== null) return { ok: false, fault: problem };
  return { ok: true, value: { name: name.trim(), page: known, query: params.toString(), shared } };
}

export function savedSearchLink({ page, query }: Pick<SavedSearch, 'page' | 'query'>): string {
  return query === '' ? `/${page}` : `/${page}?${query}`;
}
