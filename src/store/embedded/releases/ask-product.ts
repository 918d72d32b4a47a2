// Questions about one product's filed crashes that name no protected key: versions, days, bugs, installations.
import type { SearchAnswer, SearchQuestion } from '../../crash-search.ts';
import type { Clause, Query } from '../../../search/query/query-tree.ts';
import { dayText } from '../../shared/days.ts';
import type { Connection } from '../database/query.ts';
import { askFacts } from '../search/ask-facts.ts';

interface ProductNamed {
  readonly account: string;
  readonly product: string;
}

/** What is asked beside the query; what is left out is not asked. */
type Asked = Partial<Pick<SearchQuestion, 'facets' | 'histogram' | 'distinct'>>;

export function askProduct(
  connection: Connection,
  { account, product }: ProductNamed,
  query: Query,
  asked: Asked,
  now: number,
): SearchAnswer {
  const found = askFacts(
    connection,
    {
      products: [{ account, product, publicNames: [], messages: false }],
      query,
      facets: [],
      histogram: null,
      distinct: [],
      numbers: [],
      list: null,
      ...asked,
    },
    now,
  );
  if ('fault' in found) throw new Error(`a question of our own has a fault: ${found.fault.problem}`);
  return found.answer;
}

/** A key is any of these values, exactly. */
export function isAnyOf(key: string, values: readonly string[]): Clause {
  return { is: 'clause', key, conditions: values.map((text) => ({ op: 'equals', text })), at: 0 };
}

/** A version before another one in the product's order. */
export function isBefore(version: string): Clause {
  return { is: 'clause', key: 'version', conditions: [{ op: '<', text: version }], at: 0 };
}

/** Crashes of these days, both included (days since 1970). */
export function happenedIn(first: number, last: number): Clause {
  return {
    is: 'clause',
    key: 'happened',
    conditions: [{ op: 'between', from: dayText(first), to: dayText(last) }],
    at: 0,
  };
}

export function all(...of: readonly Query[]): Query {
  return { is: 'and', of };
}
