// Which rows of a chunk a query selects. Words of a dictionary are tested once each; rows then look up what their word said.
import type { Column } from '../columns/column.ts';
import type { BoundQuery, Test } from '../query/bind-query.ts';
import type { Chunk } from './chunk.ts';

/** For each row 1 (selected) or 0. */
export type Selection = Uint8Array;

/** The living rows that fulfil the query. */
export function selectRows(chunk: Chunk, query: BoundQuery): Selection {
  const selection = evaluate(chunk, query);
  for (const row of chunk.dead) selection[row] = 0;
  return selection;
}

function evaluate(chunk: Chunk, query: BoundQuery): Selection {
  switch (query.is) {
    case 'test':
      return anyKey(chunk, query.keys, (column, into) => markTested(column, query.test, into));
    case 'present':
      return anyKey(chunk, query.keys, markPresent);
    case 'not':
      return inverted(evaluate(chunk, query.of));
    case 'and':
      return allOf(chunk, query.of);
    default:
      return anyOf(chunk, query.of);
  }
}

function anyKey(
  chunk: Chunk,
  keys: readonly number[],
  mark: (column: Column, into: Selection) => void,
): Selection {
  const selection = new Uint8Array(chunk.rows);
  for (const key of keys) {
    const column = chunk.column(key);
    if (column !== null) mark(column, selection);
  }
  return selection;
}

function markTested(column: Column, test: Test, into: Selection): void {
  if (column.kind === 'number') {
    const { numbers } = column;
    for (let row = 0; row < numbers.length; row += 1) {
      const value = numbers[row] ?? NaN;
      if (!Number.isNaN(value) && test.number(value)) into[row] = 1;
    }
    return;
  }
  const said = new Uint8Array(column.words.length + 1);
  let any = 0;
  for (const [at, word] of column.words.entries()) {
    if (!test.text(word)) continue;
    said[at + 1] = 1;
    any = 1;
  }
  if (any === 1) markCodes(column, said, into);
}

function markCodes(column: Exclude<Column, { kind: 'number' }>, said: Uint8Array, into: Selection): void {
  const { codes } = column;
  if (column.kind === 'text') {
    for (let row = 0; row < codes.length; row += 1)
      into[row] = (into[row] ?? 0) | (said[codes[row] ?? 0] ?? 0);
    return;
  }
  const { starts } = column;
  for (let row = 0; row + 1 < starts.length; row += 1) {
    for (let at = starts[row] ?? 0; at < (starts[row + 1] ?? 0); at += 1) {
      if (said[codes[at] ?? 0] === 1) into[row] = 1;
    }
  }
}

function markPresent(column: Column, into: Selection): void {
  for (let row = 0; row < into.length; row += 1) {
    const present =
      column.kind === 'number'
        ? !Number.isNaN(column.numbers[row] ?? NaN)
        : column.kind === 'text'
          ? column.codes[row] !== 0
          : column.starts[row] !== column.starts[row + 1];
    if (present) into[row] = 1;
  }
}

function inverted(selection: Selection): Selection {
  for (let row = 0; row < selection.length; row += 1) selection[row] = 1 - (selection[row] ?? 0);
  return selection;
}

/** Stops where nothing is left: further columns are not read then. */
function allOf(chunk: Chunk, parts: readonly BoundQuery[]): Selection {
  const all = new Uint8Array(chunk.rows).fill(1);
  for (const part of parts) {
    const one = evaluate(chunk, part);
    let left = 0;
    for (let row = 0; row < all.length; row += 1) left |= all[row] = (all[row] ?? 0) & (one[row] ?? 0);
    if (left === 0) break;
  }
  return all;
}

function anyOf(chunk: Chunk, parts: readonly BoundQuery[]): Selection {
  const any = new Uint8Array(chunk.rows);
  for (const part of parts) {
    const one = evaluate(chunk, part);
    for (let row = 0; row < any.length; row += 1) any[row] = (any[row] ?? 0) | (one[row] ?? 0);
  }
  return any;
}
