// The cells of a chunk as arrays, for loops over rows: what a row counts, the numbers that it has for a key, the words of an order.
import type { Column, ListColumn } from '../columns/column.ts';
import { FIELDS, FIRST_REPORTED_KEY, fieldOfKey } from '../fields.ts';
import type { Chunk } from './chunk.ts';

/** A value as it is counted and listed. */
export type Value = string | number;

/** Numbers before words, each in its order. */
export function compareValues(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** How many crashes each row stands for; null: each one. */
export function weightsOf(chunk: Chunk): Float64Array | null {
  const column = chunk.column(FIELDS.count.key);
  if (column === null || (column.kind === 'whole' && column.least === 1 && column.span <= 1)) return null;
  const counts = numbersIn(column, chunk.rows);
  for (let row = 0; row < counts.length; row += 1) if (Number.isNaN(counts[row])) counts[row] = 1;
  return counts;
}

/** The number that each row has for a key; NaN: none. Of several words the first counts. Null: no row has one. */
export function numbersOf(chunk: Chunk, key: number): Float64Array | null {
  const column = chunk.column(key);
  return column === null ? null : numbersIn(column, chunk.rows);
}

function numbersIn(column: Column, rows: number): Float64Array {
  if (column.kind === 'number') return Float64Array.from(column.numbers);
  const numbers = new Float64Array(rows);
  if (column.kind === 'whole') {
    const { codes, least } = column;
    for (let row = 0; row < rows; row += 1) {
      const code = codes[row] ?? 0;
      numbers[row] = code === 0 ? NaN : least + code - 1;
    }
    return numbers;
  }
  const ofCodes = new Float64Array(column.words.length + 1);
  ofCodes[0] = NaN;
  for (const [at, word] of column.words.entries()) ofCodes[at + 1] = word.trim() === '' ? NaN : Number(word);
  for (let row = 0; row < rows; row += 1) numbers[row] = ofCodes[firstCode(column, row)] ?? NaN;
  return numbers;
}

/** The code of the first word of a list; 0: it is empty. */
function firstOf({ starts, codes }: ListColumn, list: number): number {
  const start = starts[list] ?? 0;
  return start === starts[list + 1] ? 0 : (codes[start] ?? 0);
}

/** The code of the word that stands for a row in an order; 0: none. */
export function firstCode(column: Extract<Column, { words: unknown }>, row: number): number {
  if (column.kind === 'text') return column.codes[row] ?? 0;
  const list = column.lists[row] ?? 0;
  return list === 0 ? 0 : firstOf(column, list);
}

/**
 * Whether values of a key are told as numbers. What reports bring is text, though a segment may keep it as numbers: the same value of two
 * segments is one value.
 */
export function isNumeric(key: number): boolean {
  if (key >= FIRST_REPORTED_KEY) return false;
  const kind = fieldOfKey(key)?.kind;
  return kind === 'number' || kind === 'id' || kind === 'time' || kind === 'day';
}

/** The values that codes of a column stand for, as they are counted; null for columns of plain numbers, which have no codes. */
export function valueOfCode(column: Column, key: number): ((code: number) => Value) | null {
  if (column.kind === 'number') return null;
  const numeric = isNumeric(key);
  if (column.kind === 'whole') {
    const { least } = column;
    return numeric ? (code) => least + code - 1 : (code) => String(least + code - 1);
  }
  const { words } = column;
  return numeric ? (code) => Number(words[code - 1]) : (code) => words[code - 1] ?? '';
}
