// Reading single cells of a chunk in loops: what a row counts, and the words or numbers that it has for a key.
import type { Column } from '../columns/column.ts';
import { FIELDS } from '../fields.ts';
import type { Chunk } from './chunk.ts';

/** How many crashes each row stands for. */
export function weightsOf(chunk: Chunk): (row: number) => number {
  const counts = numbersOf(chunk, FIELDS.count.key);
  return (row) => {
    const count = counts(row);
    return Number.isNaN(count) ? 1 : count;
  };
}

/** The number that a row has for a key; NaN: none. Of several words the first counts. */
export function numbersOf(chunk: Chunk, key: number): (row: number) => number {
  const column = chunk.column(key);
  if (column === null) return () => NaN;
  if (column.kind === 'number') return (row) => column.numbers[row] ?? NaN;
  const numbers = Float64Array.from(column.words, (word) => (word.trim() === '' ? NaN : Number(word)));
  return (row) => numbers[firstCode(column, row) - 1] ?? NaN;
}

/** The word that stands for a row in an order; undefined: none. */
export function wordsOf(chunk: Chunk, key: number): (row: number) => string | undefined {
  const column = chunk.column(key);
  if (column === null) return () => undefined;
  if (column.kind === 'number') {
    return (row) => {
      const number = column.numbers[row] ?? NaN;
      return Number.isNaN(number) ? undefined : String(number);
    };
  }
  return (row) => column.words[firstCode(column, row) - 1];
}

function firstCode(column: Exclude<Column, { kind: 'number' }>, row: number): number {
  if (column.kind === 'text') return column.codes[row] ?? 0;
  const start = column.starts[row] ?? 0;
  return start === column.starts[row + 1] ? 0 : (column.codes[start] ?? 0);
}
