// A tree written down as a query: what it says parses to the same tree. Links and saved searches are made with it.
import type { Condition, Query } from './query-tree.ts';

/** What cannot stand without quotation marks: it would be read as something else. */
const BARE = /^[^\s,()"<>~^$/\\*-][^\s,()"*\\]*$/u;

export function printQuery(query: Query): string {
  return query.is === 'and' || query.is === 'or' ? printMany(query) : printOne(query);
}

function printMany({ is, of }: { readonly is: 'and' | 'or'; readonly of: readonly Query[] }): string {
  return of.map(printOne).join(is === 'or' ? ' OR ' : ' ');
}

function printOne(query: Query): string {
  switch (query.is) {
    case 'word':
      return printWord(query.text);
    case 'clause':
      return `${query.key}:${query.conditions.map(printCondition).join(',')}`;
    case 'not':
      return `NOT ${printOne(query.of)}`;
    default:
      return `(${printMany(query)})`;
  }
}

function printWord(text: string): string {
  const bare = BARE.test(text) && !text.includes(':') && !['OR', 'AND', 'NOT'].includes(text);
  return bare ? text : quoted(text);
}

function printCondition(condition: Condition): string {
  switch (condition.op) {
    case 'equals':
      return printText(condition.text);
    case 'contains':
      return `~${printText(condition.text)}`;
    case 'starts':
      return `^${printText(condition.text)}`;
    case 'ends':
      return `$${printText(condition.text)}`;
    case 'like':
      return condition.text;
    case 'regex':
      return `/${condition.text}/`;
    case 'between':
      return `${condition.from}..${condition.to}`;
    default:
      return `${condition.op}${printText(condition.text)}`;
  }
}

function printText(text: string): string {
  return BARE.test(text) && !text.includes('..') ? text : quoted(text);
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}
