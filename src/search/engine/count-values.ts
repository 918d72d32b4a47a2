// Facets: how often each value of a key, first for all values, then the details of those that are shown.
import type { Column } from '../columns/column.ts';
import { FIELDS } from '../fields.ts';
import { numbersOf, weightsOf, wordsOf } from './cells.ts';
import type { Chunk } from './chunk.ts';
import type { Facet, FacetQuestion, FacetValue } from './question.ts';
import type { Selection } from './select-rows.ts';

/** A chunk with what was selected in it. */
export interface Selected {
  readonly chunk: Chunk;
  readonly selection: Selection;
}

type Value = string | number;

/** Counts the values of a key among what is selected. */
export function countValues(selected: readonly Selected[], question: FacetQuestion): Facet {
  const counts = new Map<Value, number>();
  let absent = 0;
  for (const { chunk, selection } of selected) absent += addCounts(chunk, selection, question.key, counts);
  const top = [...counts]
    .toSorted(([a, countA], [b, countB]) => countB - countA || compareValues(a, b))
    .slice(0, question.top);
  const details = detailsOf(selected, question, new Set(top.map(([value]) => value)));
  return {
    values: top.map(([value, crashes]): FacetValue => {
      const detail = details.get(value);
      return {
        value,
        crashes,
        distinct: detail?.distinct.size ?? 0,
        days: [...(detail?.days ?? [])].toSorted(([a], [b]) => a - b),
      };
    }),
    different: counts.size,
    absent,
  };
}

/** Numbers before words, each in its order. */
export function compareValues(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Adds the crashes of each value; gives how many crashes have none. */
function addCounts(chunk: Chunk, selection: Selection, key: number, counts: Map<Value, number>): number {
  const column = chunk.column(key);
  const weightOf = weightsOf(chunk);
  let absent = 0;
  if (column === null || column.kind === 'number') {
    for (let row = 0; row < selection.length; row += 1) {
      if (selection[row] === 0) continue;
      const value = column?.numbers[row] ?? NaN;
      if (Number.isNaN(value)) absent += weightOf(row);
      else counts.set(value, (counts.get(value) ?? 0) + weightOf(row));
    }
    return absent;
  }
  const byCode = new Float64Array(column.words.length + 1);
  for (let row = 0; row < selection.length; row += 1) {
    if (selection[row] === 0) continue;
    const weight = weightOf(row);
    let any = false;
    eachCode(column, row, (code) => {
      byCode[code] = (byCode[code] ?? 0) + weight;
      any = true;
    });
    if (!any) absent += weight;
  }
  for (const [at, word] of column.words.entries()) {
    const crashes = byCode[at + 1] ?? 0;
    if (crashes > 0) counts.set(word, (counts.get(word) ?? 0) + crashes);
  }
  return absent;
}

function eachCode(
  column: Exclude<Column, { kind: 'number' }>,
  row: number,
  use: (code: number) => void,
): void {
  if (column.kind === 'text') {
    const code = column.codes[row] ?? 0;
    if (code !== 0) use(code);
    return;
  }
  for (let at = column.starts[row] ?? 0; at < (column.starts[row + 1] ?? 0); at += 1)
    use(column.codes[at] ?? 0);
}

interface Detail {
  readonly distinct: Set<Value>;
  readonly days: Map<number, number>;
}

function detailsOf(
  selected: readonly Selected[],
  { key, distinct, days }: FacetQuestion,
  values: ReadonlySet<Value>,
): ReadonlyMap<Value, Detail> {
  const details = new Map<Value, Detail>();
  if (distinct === null && !days) return details;
  for (const value of values) details.set(value, { distinct: new Set(), days: new Map() });
  for (const { chunk, selection } of selected) {
    const column = chunk.column(key);
    if (column === null) continue;
    const weightOf = weightsOf(chunk);
    const dayOf = days ? numbersOf(chunk, FIELDS.happened.key) : () => NaN;
    const otherOf = distinct === null ? () => undefined : wordsOf(chunk, distinct);
    const byCode = column.kind === 'number' ? [] : column.words.map((word) => details.get(word));
    const add = (detail: Detail | undefined, row: number): void => {
      if (detail === undefined) return;
      const other = otherOf(row);
      if (other !== undefined) detail.distinct.add(other);
      const day = dayOf(row);
      if (!Number.isNaN(day)) detail.days.set(day, (detail.days.get(day) ?? 0) + weightOf(row));
    };
    for (let row = 0; row < selection.length; row += 1) {
      if (selection[row] === 0) continue;
      if (column.kind === 'number') add(details.get(column.numbers[row] ?? NaN), row);
      else eachCode(column, row, (code) => add(byCode[code - 1], row));
    }
  }
  return details;
}
