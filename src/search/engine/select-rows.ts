// Which rows of a chunk a query selects. Words of a dictionary are tested once each; rows then look up what their word said.
import { compareVersions } from '../../report/version-order.ts';
import type { Column } from '../columns/column.ts';
import { FIELDS } from '../fields.ts';
import type { BoundQuery, Test } from '../query/bind-query.ts';
import type { Chunk, Range } from './chunk.ts';

/** For each row 1 (selected) or 0. */
type Marks = Uint8Array;

/** Numbers of selected rows, in their order. */
export type Selection = Uint16Array;

/** Chunks of several products together, as far as their times are known; the order of one product's chunks stays. */
export function newestFirst(chunks: readonly Chunk[]): readonly Chunk[] {
  if (chunks.some(({ received }) => received === undefined)) return chunks;
  return chunks.toSorted((a, b) => (b.received?.greatest ?? 0) - (a.received?.greatest ?? 0));
}

/** The living rows that fulfil the query. */
export function selectRows(chunk: Chunk, query: BoundQuery): Selection {
  const whole = whatTimesSay(chunk, query);
  if (whole === 'none') return new Uint16Array(0);
  const marks = whole === 'all' ? new Uint8Array(chunk.rows).fill(1) : evaluate(chunk, query);
  for (const row of chunk.dead) marks[row] = 0;
  const selection = new Uint16Array(chunk.rows);
  let count = 0;
  for (let row = 0; row < marks.length; row += 1) {
    selection[count] = row;
    count += marks[row] ?? 0;
  }
  return selection.subarray(0, count);
}

/** What the times of arrival say of all rows at once, so that no column is read where none or all of them are meant. */
function whatTimesSay({ received }: Chunk, query: BoundQuery): 'all' | 'none' | 'some' {
  if (received === undefined || received.least > received.greatest) return 'some';
  if (query.is === 'test' && query.keys.length === 1 && query.keys[0] === FIELDS.received.key) {
    return query.test.range === undefined ? 'some' : overlap(received, query.test.range);
  }
  if (query.is !== 'and') return 'some';
  const parts = query.of.map((part) => whatTimesSay({ received } as Chunk, part));
  if (parts.includes('none')) return 'none';
  return parts.every((part) => part === 'all') ? 'all' : 'some';
}

function overlap(rows: Range, wanted: Range): 'all' | 'none' | 'some' {
  if (rows.greatest < wanted.least || rows.least > wanted.greatest) return 'none';
  return rows.least >= wanted.least && rows.greatest <= wanted.greatest ? 'all' : 'some';
}

function evaluate(chunk: Chunk, query: BoundQuery): Marks {
  switch (query.is) {
    case 'test':
      switch (whatTimesSay(chunk, query)) {
        case 'all':
          return new Uint8Array(chunk.rows).fill(1);
        case 'none':
          return new Uint8Array(chunk.rows);
        default:
      }
      return anyKey(chunk, query.keys, (column, into) => markTested(column, query.test, into));
    case 'ordered': {
      const test = query.test(chunk.order ?? compareVersions);
      return anyKey(chunk, query.keys, (column, into) => markTested(column, test, into));
    }
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

function anyKey(chunk: Chunk, keys: readonly number[], mark: (column: Column, into: Marks) => void): Marks {
  const marks = new Uint8Array(chunk.rows);
  for (const key of keys) {
    const column = chunk.column(key);
    if (column !== null) mark(column, marks);
  }
  return marks;
}

function markTested(column: Column, test: Test, into: Marks): void {
  if (column.kind === 'number') {
    const { numbers } = column;
    for (let row = 0; row < numbers.length; row += 1) {
      const value = numbers[row] ?? NaN;
      if (!Number.isNaN(value) && test.number(value)) into[row] = 1;
    }
    return;
  }
  if (column.kind === 'whole') {
    markWhole(column, test, into);
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

function markWhole(
  { codes, least, span }: Extract<Column, { kind: 'whole' }>,
  test: Test,
  into: Marks,
): void {
  if (test.range !== undefined) {
    const from = Math.max(test.range.least - least + 1, 1);
    const to = Math.min(test.range.greatest - least + 1, span);
    if (from > to) return;
    for (let row = 0; row < codes.length; row += 1) {
      const code = codes[row] ?? 0;
      if (code >= from && code <= to) into[row] = 1;
    }
    return;
  }
  // Where numbers repeat, each is tested once.
  if (span <= codes.length) {
    const said = new Uint8Array(span + 1);
    for (let code = 1; code <= span; code += 1) said[code] = test.number(least + code - 1) ? 1 : 0;
    for (let row = 0; row < codes.length; row += 1)
      into[row] = (into[row] ?? 0) | (said[codes[row] ?? 0] ?? 0);
    return;
  }
  for (let row = 0; row < codes.length; row += 1) {
    const code = codes[row] ?? 0;
    if (code !== 0 && test.number(least + code - 1)) into[row] = 1;
  }
}

function markCodes(column: Extract<Column, { words: unknown }>, said: Uint8Array, into: Marks): void {
  const { codes } = column;
  if (column.kind === 'text') {
    for (let row = 0; row < codes.length; row += 1)
      into[row] = (into[row] ?? 0) | (said[codes[row] ?? 0] ?? 0);
    return;
  }
  const { starts, lists } = column;
  const saidOfList = new Uint8Array(starts.length);
  for (let list = 0; list + 1 < starts.length; list += 1) {
    const end = starts[list + 1] ?? 0;
    for (let at = starts[list] ?? 0; at < end; at += 1) if (said[codes[at] ?? 0] === 1) saidOfList[list] = 1;
  }
  for (let row = 0; row < lists.length; row += 1)
    into[row] = (into[row] ?? 0) | (saidOfList[lists[row] ?? 0] ?? 0);
}

function markPresent(column: Column, into: Marks): void {
  if (column.kind === 'list') {
    const { starts, lists } = column;
    for (let row = 0; row < into.length; row += 1) {
      const list = lists[row] ?? 0;
      if (starts[list] !== starts[list + 1]) into[row] = 1;
    }
    return;
  }
  if (column.kind === 'number') {
    const { numbers } = column;
    for (let row = 0; row < into.length; row += 1) if (!Number.isNaN(numbers[row] ?? NaN)) into[row] = 1;
    return;
  }
  const { codes } = column;
  for (let row = 0; row < into.length; row += 1) if (codes[row] !== 0) into[row] = 1;
}

function inverted(marks: Marks): Marks {
  for (let row = 0; row < marks.length; row += 1) marks[row] = 1 - (marks[row] ?? 0);
  return marks;
}

/** Stops where nothing is left: further columns are not read then. */
function allOf(chunk: Chunk, parts: readonly BoundQuery[]): Marks {
  const [first, ...others] = parts;
  const all = first === undefined ? new Uint8Array(chunk.rows).fill(1) : evaluate(chunk, first);
  for (const part of others) {
    if (!all.includes(1)) break;
    const one = evaluate(chunk, part);
    for (let row = 0; row < all.length; row += 1) all[row] = (all[row] ?? 0) & (one[row] ?? 0);
  }
  return all;
}

function anyOf(chunk: Chunk, parts: readonly BoundQuery[]): Marks {
  const any = new Uint8Array(chunk.rows);
  for (const part of parts) {
    const one = evaluate(chunk, part);
    for (let row = 0; row < any.length; row += 1) any[row] = (any[row] ?? 0) | (one[row] ?? 0);
  }
  return any;
}
