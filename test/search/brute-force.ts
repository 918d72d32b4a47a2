// Evaluates a query on single rows, one after the other, and counts by hand: what the engine is compared with. It shares no code with it.
import type { FactRow, FactValue } from '../../src/search/facts.ts';
import type { Condition, Query } from '../../src/search/query/query-tree.ts';

/** The keys of the rows that the tests make, by name. */
export const KEYS = {
  report: 1,
  position: 2,
  count: 4,
  happened: 5,
  case: 6,
  installation: 8,
  platform: 10,
  uptime: 18,
  signature: 21,
  frame: 26,
  gpu: 100,
  memory: 101,
} as const;
export type KeyName = keyof typeof KEYS;

export const NUMERIC: ReadonlySet<string> = new Set([
  'report',
  'position',
  'count',
  'case',
  'installation',
  'uptime',
]);

/** The values of a row under a key; none where it is absent. */
export function valuesOf(row: FactRow, key: string): readonly (string | number)[] {
  const value: FactValue | undefined = row.find(([number]) => number === KEYS[key as KeyName])?.[1];
  if (value === undefined) return [];
  return typeof value === 'object' ? value : [value];
}

export function fulfils(row: FactRow, query: Query): boolean {
  switch (query.is) {
    case 'and':
      return query.of.every((part) => fulfils(row, part));
    case 'or':
      return query.of.some((part) => fulfils(row, part));
    case 'not':
      return !fulfils(row, query.of);
    case 'word':
      return ['signature', 'frame'].some((key) =>
        valuesOf(row, key).some((value) => String(value).toLowerCase().includes(query.text.toLowerCase())),
      );
    default:
      if (query.key === 'has') {
        return query.conditions.some((named) => 'text' in named && valuesOf(row, named.text).length > 0);
      }
      return query.conditions.some((condition) =>
        valuesOf(row, query.key).some((value) => holds(value, condition, NUMERIC.has(query.key))),
      );
  }
}

function holds(value: string | number, condition: Condition, numeric: boolean): boolean {
  const text = String(value).toLowerCase();
  const number = Number(value);
  switch (condition.op) {
    case 'equals':
      return numeric ? number === Number(condition.text) : text === condition.text.toLowerCase();
    case 'contains':
      return text.includes(condition.text.toLowerCase());
    case 'starts':
      return text.startsWith(condition.text.toLowerCase());
    case 'ends':
      return text.endsWith(condition.text.toLowerCase());
    case 'like': {
      const escaped = condition.text.toLowerCase().replaceAll(/[.+?^${}()|[\]\\/]/g, String.raw`\$&`);
      return new RegExp(`^${escaped.replaceAll('*', '[^]*')}$`).test(text);
    }
    case 'regex':
      return new RegExp(condition.text, 'i').test(text);
    case 'between':
      return (
        (condition.from === '' || number >= Number(condition.from)) &&
        (condition.to === '' || number <= Number(condition.to))
      );
    case '<':
      return number < Number(condition.text);
    case '<=':
      return number <= Number(condition.text);
    case '>':
      return number > Number(condition.text);
    default:
      return number >= Number(condition.text);
  }
}

/** What a row counts. */
export function weightOf(row: FactRow): number {
  return Number(valuesOf(row, 'count')[0] ?? 1);
}

/** Crashes by value, the most frequent first. */
export function facetOf(rows: readonly FactRow[], key: string): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const row of rows) {
    for (const value of new Set(valuesOf(row, key).map(String))) {
      counts.set(value, (counts.get(value) ?? 0) + weightOf(row));
    }
  }
  return [...counts];
}
