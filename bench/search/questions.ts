// The kinds of questions that pages and people ask, each with the time that it may take.
import { parseQuery } from '../../src/search/query/parse-query.ts';
import type { Query } from '../../src/search/query/query-tree.ts';
import type { SearchQuestion, SearchedProduct } from '../../src/store/crash-search.ts';
import { PRODUCTS } from '../fill/crash-maker.ts';

const LIST_MS = 50;
const FACETS_MS = 200;

export interface Asked {
  readonly name: string;
  readonly goalMs: number;
  /** Gives whether the answer is complete. */
  readonly ask: (ask: Asking) => boolean;
}

/** Runs a read of the store; gives whether its answer is complete. */
export type Asking = (read: 'askFacts' | 'foundBugs', args: readonly unknown[]) => boolean;

const ALL: readonly SearchedProduct[] = PRODUCTS.map(({ name }) => ({
  account: 'default',
  product: name,
  publicNames: null,
  messages: true,
}));
const ONE = ALL.slice(1, 2);
const FIVE = ['signature', 'version', 'platform', 'reason', 'process_type'];
const COLUMNS = ['crash_id', 'bug', 'received', 'signature', 'version', 'platform'];

function queryOf(text: string): Query {
  const parsed = parseQuery(text);
  if ('fault' in parsed) throw new Error(`${text}: ${parsed.fault.problem}`);
  return parsed.query;
}

type Given = Partial<Omit<SearchQuestion, 'products' | 'query' | 'facets'>> & {
  readonly facets?: readonly string[];
  readonly installations?: boolean;
};

function question(products: readonly SearchedProduct[], q: string, given: Given): SearchQuestion {
  const { facets = [], installations = false, ...rest } = given;
  return {
    products,
    query: queryOf(q),
    facets: facets.map((key) => ({
      key,
      top: 20,
      distinct: installations ? 'installation' : null,
      days: false,
    })),
    histogram: null,
    distinct: [],
    numbers: [],
    list: null,
    ...rest,
  };
}

function search(name: string, goalMs: number, asked: SearchQuestion): Asked {
  return { name, goalMs, ask: (ask) => ask('askFacts', [asked, Date.now()]) };
}

const list = (key = 'received', columns = COLUMNS): SearchQuestion['list'] => ({
  columns,
  sort: { key, descending: true },
  limit: 50,
  cursor: null,
});

/** `now`: the end of the time in which the crashes came. */
export function questionsOf(now: number): readonly Asked[] {
  const since = (days: number): string => `received:>=${new Date(now - days * 86_400_000).toISOString()}`;
  const bugs = (name: string, goalMs: number, products: readonly SearchedProduct[], q: string): Asked => ({
    name,
    goalMs,
    ask: (ask) =>
      ask('foundBugs', [
        {
          products,
          query: queryOf(q),
          filter: { state: 'open', order: 'count' },
          page: { limit: 50 },
        },
        Date.now(),
      ]),
  });
  return [
    search(
      'list, newest 50, three filters',
      LIST_MS,
      question(ALL, 'version:1.4.0 platform:windows -channel:nightly', { list: list() }),
    ),
    search('list, newest 50, one product, 28 days', LIST_MS, question(ONE, since(28), { list: list() })),
    search('list, newest 50, all', LIST_MS, question(ALL, '', { list: list() })),
    search('list, by uptime, one product', LIST_MS, question(ONE, '', { list: list('uptime') })),
    search('list, by uptime, all', LIST_MS, question(ALL, '', { list: list('uptime') })),
    search('list, by uptime, all, 28 days', LIST_MS, question(ALL, since(28), { list: list('uptime') })),
    bugs('bugs, one product, 28 days', LIST_MS, ONE, since(28)),
    bugs('bugs, one product and version', LIST_MS, ONE, 'version:1.4.0'),
    bugs('bugs, all products, 28 days', LIST_MS, ALL, since(28)),
    bugs('bugs, all products and times', FACETS_MS, ALL, ''),
    search(
      '5 facets + days, one product, 28 days',
      FACETS_MS,
      question(ONE, since(28), { facets: FIVE, histogram: 'day' }),
    ),
    search('5 facets + days, one product', FACETS_MS, question(ONE, '', { facets: FIVE, histogram: 'day' })),
    search('5 facets + days, all', FACETS_MS, question(ALL, '', { facets: FIVE, histogram: 'day' })),
    search(
      '5 facets + days, all, three filters',
      FACETS_MS,
      question(ALL, 'version:1.4.0 platform:windows -channel:nightly', { facets: FIVE, histogram: 'day' }),
    ),
    search(
      'the search page, all',
      FACETS_MS,
      question(ALL, '', {
        facets: FIVE,
        installations: true,
        histogram: 'day',
        distinct: ['installation'],
        list: list(),
      }),
    ),
    search(
      'the search page, one product, 28 days',
      FACETS_MS,
      question(ONE, since(28), {
        facets: FIVE,
        installations: true,
        histogram: 'day',
        distinct: ['installation'],
        list: list(),
      }),
    ),
    search(
      'uptime < 60 and a range of memory',
      FACETS_MS,
      question(ALL, 'uptime:<60 available_memory:..4G', { facets: ['signature'] }),
    ),
    search('signature begins', FACETS_MS, question(ALL, 'signature:^buffer', { facets: ['version'] })),
    search(
      'has and has not',
      FACETS_MS,
      question(ALL, 'has:oom_size -has:extensions', { facets: ['signature'] }),
    ),
    search('different installations', FACETS_MS, question(ALL, '', { distinct: ['installation'] })),
    search('part of a URL', FACETS_MS, question(ALL, 'url:~"17.example"', { facets: ['signature'] })),
    search('a frame', FACETS_MS, question(ALL, 'frame:~step_17', { facets: ['signature'] })),
    search('percentiles of uptime', FACETS_MS, question(ALL, '', { numbers: ['uptime'] })),
    search(
      '5 facets with installations',
      FACETS_MS,
      question(ONE, since(28), { facets: FIVE, installations: true }),
    ),
    search('a crash id', FACETS_MS, question(ALL, 'de1bb2', { list: list() })),
  ];
}
