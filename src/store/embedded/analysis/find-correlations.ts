// Which values go with a bug, among the keys that the reader sees.
import type { SearchedProduct } from '../../crash-search.ts';
import { canCorrelate, correlate } from '../../../search/engine/correlate.ts';
import type { Correlations } from '../../../search/engine/correlate.ts';
import { FIELDS } from '../../../search/fields.ts';
import { bindQuery } from '../../../search/query/bind-query.ts';
import type { QueryFault } from '../../../search/query/query-fault.ts';
import type { Query } from '../../../search/query/query-tree.ts';
import type { CorrelationsFound } from '../../crash-analysis.ts';
import type { Connection } from '../database/query.ts';
import { openFacts } from '../search/ask-facts.ts';

export function findCorrelations(
  connection: Connection,
  asked: { readonly product: SearchedProduct; readonly bugId: number; readonly query: Query },
  now: number,
): { readonly found: CorrelationsFound } | { readonly fault: QueryFault } {
  const facts = openFacts(connection, [asked.product]);
  const bound = bindQuery(asked.query, facts.known, now);
  if ('fault' in bound) return bound;
  const names = new Map<number, string>(Object.entries(FIELDS).map(([name, { key }]) => [key, name]));
  for (const { id, section, name } of facts.reported) names.set(id, `${section}.${name}`);
  const keys = [...names.keys()].filter(canCorrelate);
  const found: Correlations = correlate(
    facts.chunks,
    { bugId: asked.bugId, query: bound.query, keys },
    facts.out,
  );
  return {
    found: {
      ...found,
      values: found.values.map(({ key, ...value }) => Object.assign(value, { key: names.get(key) ?? '' })),
    },
  };
}
