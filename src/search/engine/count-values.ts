// Facets: how often each value of a key, first for all values, then the details of those that are shown.
import type { Column } from '../columns/column.ts';
import { FIELDS } from '../fields.ts';
import { isNumeric, numbersOf, valueOfCode } from './cells.ts';
import type { Value } from './cells.ts';
import type { Chunk } from './chunk.ts';
import { NumberSets } from './numbered-values.ts';
import type { NumberedValues } from './numbered-values.ts';
import { PairCounts, ValuesWithin, frequentFirst } from './pair-counts.ts';
import type { Facet, FacetQuestion, FacetValue } from './question.ts';
import type { Selection } from './select-rows.ts';

/** A chunk with what was selected in it. */
export interface Selected {
  readonly chunk: Chunk;
  readonly selection: Selection;
  /** What the rows of the chunk count; null: each is one crash. */
  readonly weights: Float64Array | null;
}

/** Numbers of different values in selected rows, for each key once. */
export type Numbering = (key: number) => {
  readonly values: NumberedValues;
  /** Filled once the values are settled. */
  readonly of: (at: number) => Uint32Array;
};

/** A column of numbers further apart than this is counted by value, not by place. */
const DENSE = 4;

/** Counts the values of a key, chunk after chunk. */
export class ValueCounts {
  readonly key: number;
  readonly counts = new Map<Value, number>();
  absent = 0;

  constructor(key: number) {
    this.key = key;
  }

  add({ chunk, selection, weights }: Selected): void {
    const column = chunk.column(this.key);
    if (column === null) {
      this.absent += sumOf(selection, weights);
      return;
    }
    if (column.kind === 'list') this.#addList(column, selection, weights);
    else if (column.kind === 'number') this.#addNumbers(column.numbers, selection, weights);
    else if (column.kind === 'whole' && column.span > DENSE * selection.length + 1024)
      this.#addNumbers(numbersOf(chunk, this.key) ?? new Float64Array(0), selection, weights);
    else this.#addCodes(column, selection, weights);
  }

  /** The most frequent values. */
  top(limit: number): readonly (readonly [Value, number])[] {
    return frequentFirst([...this.counts]).slice(0, limit);
  }

  #addCodes(
    column: Extract<Column, { kind: 'text' | 'whole' }>,
    selection: Selection,
    weights: Float64Array | null,
  ): void {
    const { codes } = column;
    const counted = new Float64Array((column.kind === 'text' ? column.words.length : column.span) + 1);
    if (weights === null) {
      for (const row of selection) {
        const code = codes[row] ?? 0;
        counted[code] = (counted[code] ?? 0) + 1;
      }
    } else {
      for (const row of selection) {
        const code = codes[row] ?? 0;
        counted[code] = (counted[code] ?? 0) + (weights[row] ?? 1);
      }
    }
    this.absent += counted[0] ?? 0;
    this.#merge(column, counted);
  }

  #addList(
    column: Extract<Column, { kind: 'list' }>,
    selection: Selection,
    weights: Float64Array | null,
  ): void {
    const { codes, starts, lists } = column;
    const counted = new Float64Array(column.words.length + 1);
    // Rows by their list first, then the words of each list.
    const byList = new Float64Array(starts.length);
    for (const row of selection) {
      const list = lists[row] ?? 0;
      byList[list] = (byList[list] ?? 0) + (weights === null ? 1 : (weights[row] ?? 1));
    }
    for (let list = 0; list + 1 < starts.length; list += 1) {
      const crashes = byList[list] ?? 0;
      const [from, to] = [starts[list] ?? 0, starts[list + 1] ?? 0];
      if (crashes === 0) continue;
      if (from === to) this.absent += crashes;
      for (let at = from; at < to; at += 1) {
        const code = codes[at] ?? 0;
        counted[code] = (counted[code] ?? 0) + crashes;
      }
    }
    this.#merge(column, counted);
  }

  #merge(column: Column, counted: Float64Array): void {
    const valueOf = valueOfCode(column, this.key);
    if (valueOf === null) return;
    const { counts } = this;
    for (let code = 1; code < counted.length; code += 1) {
      const crashes = counted[code] ?? 0;
      if (crashes === 0) continue;
      const value = valueOf(code);
      counts.set(value, (counts.get(value) ?? 0) + crashes);
    }
  }

  #addNumbers(numbers: Float64Array, selection: Selection, weights: Float64Array | null): void {
    const { counts } = this;
    const numeric = isNumeric(this.key);
    for (const row of selection) {
      const number = numbers[row] ?? NaN;
      const weight = weights === null ? 1 : (weights[row] ?? 1);
      if (Number.isNaN(number)) this.absent += weight;
      else {
        const value = numeric ? number : String(number);
        counts.set(value, (counts.get(value) ?? 0) + weight);
      }
    }
  }
}

/** How many crashes the selected rows count. */
export function sumOf(selection: Selection, weights: Float64Array | null): number {
  if (weights === null) return selection.length;
  let sum = 0;
  for (const row of selection) sum += weights[row] ?? 1;
  return sum;
}

/** The facet of counted values, with the details that are asked for. */
export function facetOf(
  counts: ValueCounts,
  selected: readonly Selected[],
  question: FacetQuestion,
  numbering: Numbering,
): Facet {
  const top = counts.top(question.top);
  const details = detailsOf(selected, question, new Map(top.map(([value], at) => [value, at])), numbering);
  return {
    values: top.map(([value, crashes], at): FacetValue => ({
      value,
      crashes,
      distinct: details.distinct?.sizeOf(at) ?? 0,
      days: (details.days[at] ?? []).toSorted(([a], [b]) => a - b),
      within: frequentFirst(details.within[at] ?? [])
        .slice(0, question.within?.top ?? 0)
        .map(([inner, some]) => ({ value: inner, crashes: some })),
    })),
    different: counts.counts.size,
    absent: counts.absent,
  };
}

interface Details {
  readonly distinct: NumberSets | null;
  /** By the number of the shown value. */
  readonly days: readonly (readonly (readonly [day: number, crashes: number])[])[];
  readonly within: readonly (readonly (readonly [Value, number])[])[];
}

function detailsOf(
  selected: readonly Selected[],
  { key, distinct, days, within }: FacetQuestion,
  values: ReadonlyMap<Value, number>,
  numbering: Numbering,
): Details {
  const sets = distinct === null ? null : new NumberSets(values.size);
  const ofDays = days ? new PairCounts() : null;
  const beside = within === undefined ? null : new ValuesWithin(within.key);
  if (sets === null && ofDays === null && beside === null) return { distinct: null, days: [], within: [] };
  if (distinct !== null) numbering(distinct).values.settle();
  for (const [number, one] of selected.entries()) {
    const { chunk, selection, weights } = one;
    const column = chunk.column(key);
    if (column === null) continue;
    const others = distinct === null ? null : numbering(distinct).of(number);
    const codes = others === null || ofDays !== null || beside !== null ? null : tableOf(column, key, values);
    if (codes !== null && others !== null) {
      sets?.addRows(selection, codes, others);
      continue;
    }
    const dayOf = ofDays === null ? null : numbersOf(chunk, FIELDS.happened.key);
    const countBeside = beside?.counter(chunk);
    eachShown(column, key, selection, values, (value, at) => {
      if (others !== null) sets?.add(value, others[at] ?? 0);
      if (dayOf === null && countBeside === undefined) return;
      const row = selection[at] ?? 0;
      const crashes = weights === null ? 1 : (weights[row] ?? 1);
      const day = dayOf?.[row] ?? NaN;
      if (!Number.isNaN(day)) ofDays?.add(value, day, crashes);
      countBeside?.(value, row, crashes);
    });
  }
  return {
    distinct: sets,
    days: ofDays?.byFirst(values.size) ?? [],
    within: beside?.byShown(values.size) ?? [],
  };
}

/** Calls for each selected row, by its place in the selection, with the number of its value, where that is one of those that are shown. */
function eachShown(
  column: Column,
  key: number,
  selection: Selection,
  values: ReadonlyMap<Value, number>,
  use: (value: number, at: number) => void,
): void {
  const valueOf = valueOfCode(column, key);
  if (column.kind === 'number' || valueOf === null) {
    const numeric = isNumeric(key);
    for (let at = 0; at < selection.length; at += 1) {
      const number = column.kind === 'number' ? (column.numbers[selection[at] ?? 0] ?? NaN) : NaN;
      const value = Number.isNaN(number) ? undefined : values.get(numeric ? number : String(number));
      if (value !== undefined) use(value, at);
    }
    return;
  }
  const shown = shownCodes(column, values, valueOf);
  if (column.kind === 'list') {
    const { codes, starts, lists } = column;
    for (let at = 0; at < selection.length; at += 1) {
      const list = lists[selection[at] ?? 0] ?? 0;
      const end = starts[list + 1] ?? 0;
      for (let place = starts[list] ?? 0; place < end; place += 1) {
        const value = shown(codes[place] ?? 0);
        if (value >= 0) use(value, at);
      }
    }
    return;
  }
  const { codes } = column;
  for (let at = 0; at < selection.length; at += 1) {
    const value = shown(codes[selection[at] ?? 0] ?? 0);
    if (value >= 0) use(value, at);
  }
}

/** The number of the value that a code stands for; -1: it is not shown. */
function shownCodes(
  column: Exclude<Column, { kind: 'number' }>,
  values: ReadonlyMap<Value, number>,
  valueOf: (code: number) => Value,
): (code: number) => number {
  const table = shownTable(column, values, valueOf);
  if (table !== null) return (code) => table[code] ?? -1;
  // Few values are shown of a wide range: they are looked up.
  const byCode = new Map<number, number>();
  const least = column.kind === 'whole' ? column.least : 1;
  for (const [value, at] of values) byCode.set(Number(value) - least + 1, at);
  return (code) => (code === 0 ? -1 : (byCode.get(code) ?? -1));
}

/** The same as a table; null: there are too many codes for one. */
function shownTable(
  column: Exclude<Column, { kind: 'number' }>,
  values: ReadonlyMap<Value, number>,
  valueOf: (code: number) => Value,
): Int32Array | null {
  const last = column.kind === 'whole' ? column.span : column.words.length;
  if (last > DENSE_CODES) return null;
  const table = new Int32Array(last + 1).fill(-1);
  for (let code = 1; code <= last; code += 1) table[code] = values.get(valueOf(code)) ?? -1;
  return table;
}

/** The codes of a column that has one for each row, and which shown value each of them stands for; null: it has none, or too many. */
function tableOf(
  column: Column,
  key: number,
  values: ReadonlyMap<Value, number>,
): { readonly codes: Codes; readonly setOf: Int32Array } | null {
  const valueOf = valueOfCode(column, key);
  if (valueOf === null || column.kind === 'number' || column.kind === 'list') return null;
  const setOf = shownTable(column, values, valueOf);
  return setOf === null ? null : { codes: column.codes, setOf };
}

type Codes = Exclude<Column, { kind: 'number' | 'list' }>['codes'];

/** Codes up to here are looked up in a table. */
const DENSE_CODES = 200_000;
