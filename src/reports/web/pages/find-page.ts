// /find: where the search box of every page leads: to the report or bug that a text names, else to what a search finds.
import { crashIdBeginning } from '../../../report/crash-id.ts';
import { printQuery } from '../../../search/query/print-query.ts';
import { parseQuery } from '../../../search/query/parse-query.ts';
import { EVERYTHING } from '../../../search/query/query-tree.ts';
import type { Query } from '../../../search/query/query-tree.ts';
import type { MemberPage, MemberRequest } from '../page.ts';

export const findPage: MemberPage = {
  path: '/find',
  access: 'read',
  nav: null,
  view: async (request) => ({ kind: 'redirect', to: await placeOf(request) }),
};

const BUG_ID = /^#(\d{1,12})$/;

async function placeOf({ seen, url }: MemberRequest): Promise<string> {
  const text = (url.searchParams.get('q') ?? '').trim();
  const bug = BUG_ID.exec(text)?.[1];
  if (bug !== undefined && (await seen.getBug(Number(bug))) !== null) return `/bugs/${bug}`;
  const beginning = crashIdBeginning(text);
  // Reports that wait to be processed are known by their id alone.
  const [id, more] = beginning === null ? [] : await seen.crashIdsFrom(beginning, 2);
  if (id !== undefined && more === undefined) return `/reports/${id}`;
  const query = await understood(text, (asked) => total(seen, asked));
  if (query !== null) return `/search?${new URLSearchParams({ q: query.text }).toString()}`;
  return `/reports?${new URLSearchParams({ text }).toString()}`;
}

/** Crashes that a query finds; null: it has a fault, as where a text has a colon that names no key. */
async function total(seen: MemberRequest['seen'], query: Query): Promise<number | null> {
  const found = await seen.search({
    account: null,
    product: null,
    query,
    facets: [],
    histogram: null,
    distinct: [],
    numbers: [],
    list: null,
  });
  return 'fault' in found ? null : found.answer.rows;
}

/**
 * The text as a search: as it stands where it is one, else as one word. Null: nothing is found, so that words of annotations, which only the
 * list of reports looks through, are the better answer.
 */
async function understood(
  text: string,
  count: (query: Query) => Promise<number | null>,
): Promise<{ readonly text: string } | null> {
  const parsed = parseQuery(text);
  if ('query' in parsed) {
    if (parsed.query === EVERYTHING) return { text: '' };
    const crashes = await count(parsed.query);
    if (crashes !== null && crashes > 0) return { text };
    // As one word it is what was just looked for.
    if (parsed.query.is === 'word') return null;
  }
  const word: Query = { is: 'word', text, at: 0 };
  return ((await count(word)) ?? 0) > 0 ? { text: printQuery(word) } : null;
}
