// The values of one key in many rows, side by side. A row without a value has code 0, NaN or an empty list.
import type { FactRow, FactValue } from '../facts.ts';

export interface TextColumn {
  readonly kind: 'text';
  /** Each word once. Code 1 stands for the first. */
  readonly words: readonly string[];
  readonly codes: Uint8Array | Uint16Array;
}

export interface NumberColumn {
  readonly kind: 'number';
  readonly numbers: Float64Array;
}

/** Whole numbers that lie close together: the number of row r is `least + codes[r] - 1`, where the code is not 0. */
export interface WholeColumn {
  readonly kind: 'whole';
  readonly least: number;
  /** Codes are at most this. */
  readonly span: number;
  readonly codes: Uint8Array | Uint16Array | Uint32Array;
}

/**
 * Several words a row. Most crashes have the stack of another one, so that rows with the same words share a list: that of row r is list
 * `l = lists[r]`, its words are `codes[starts[l]]` to before `codes[starts[l + 1]]`. List 0 is empty: rows without a value have it.
 */
export interface ListColumn {
  readonly kind: 'list';
  readonly words: readonly string[];
  readonly lists: Uint8Array | Uint16Array;
  readonly starts: Uint32Array;
  readonly codes: Uint16Array | Uint32Array;
}

export type Column = TextColumn | NumberColumn | WholeColumn | ListColumn;

/** The most rows of one set of columns: codes of 16 bits stand for each of them. */
export const MAX_ROWS = 65_535;

/** Words that are numbers are kept as such where a dictionary of them would save nothing. */
const MANY_NUMBERS = 1024;

/** The columns of rows, by number of the key. */
export function buildColumns(rows: readonly FactRow[]): Map<number, Column> {
  if (rows.length > MAX_ROWS) throw new RangeError(`at most ${MAX_ROWS} rows`);
  const cells = new Map<number, (FactValue | undefined)[]>();
  for (const [at, row] of rows.entries()) {
    for (const [key, value] of row) {
      let values = cells.get(key);
      if (values === undefined) cells.set(key, (values = Array.from({ length: rows.length })));
      values[at] = value;
    }
  }
  return new Map([...cells].map(([key, values]) => [key, columnOf(values)]));
}

function columnOf(values: readonly (FactValue | undefined)[]): Column {
  if (values.some((value) => Array.isArray(value))) return listColumn(values);
  const words = values as readonly (string | number | undefined)[];
  if (keptAsNumbers(words)) {
    return narrowed(Float64Array.from(words, (value) => (value === undefined ? NaN : Number(value))));
  }
  return textColumn(words);
}

/** Numbers in as few bytes each as they need. */
export function narrowed(numbers: Float64Array): NumberColumn | WholeColumn {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (const number of numbers) {
    if (Number.isNaN(number)) continue;
    if (!Number.isSafeInteger(number) || Object.is(number, -0)) return { kind: 'number', numbers };
    if (number < least) least = number;
    if (number > greatest) greatest = number;
  }
  const span = least > greatest ? 0 : greatest - least + 1;
  if (span >= 2 ** 32) return { kind: 'number', numbers };
  const codes = codesFor(span, numbers.length);
  for (let row = 0; row < numbers.length; row += 1) {
    const number = numbers[row] ?? NaN;
    if (!Number.isNaN(number)) codes[row] = number - least + 1;
  }
  return { kind: 'whole', least: span === 0 ? 0 : least, span, codes };
}

/** Room for codes up to `span`. */
export function codesFor(span: number, rows: number): WholeColumn['codes'] {
  if (span < 2 ** 8) return new Uint8Array(rows);
  return span < 2 ** 16 ? new Uint16Array(rows) : new Uint32Array(rows);
}

/** Whether nothing is lost by keeping numbers: each is written as it would be printed. */
function keptAsNumbers(values: readonly (string | number | undefined)[]): boolean {
  let texts = 0;
  for (const value of values) {
    if (typeof value !== 'string') continue;
    texts += 1;
    if (value.length > 17 || String(Number(value)) !== value || value === 'NaN') return false;
  }
  return texts === 0 || new Set(values).size > MANY_NUMBERS;
}

function textColumn(values: readonly (string | number | undefined)[]): TextColumn {
  const dictionary = new Dictionary();
  const codes = values.map((value) => (value === undefined ? 0 : dictionary.codeOf(String(value))));
  const { words } = dictionary;
  return {
    kind: 'text',
    words,
    codes: words.length < 256 ? Uint8Array.from(codes) : Uint16Array.from(codes),
  };
}

function listColumn(values: readonly (FactValue | undefined)[]): ListColumn {
  const dictionary = new Dictionary();
  const known = new Map<string, number>([['', 0]]);
  const starts = [0, 0];
  const codes: number[] = [];
  const lists = values.map((value) => {
    const several =
      value === undefined ? [] : Array.isArray(value) ? (value as readonly string[]) : [String(value)];
    // A word that stands twice in a row counts once.
    const own = [...new Set(several)].map((word) => dictionary.codeOf(word));
    const name = own.join(' ');
    let list = known.get(name);
    if (list === undefined) {
      list = known.size;
      known.set(name, list);
      codes.push(...own);
      starts.push(codes.length);
    }
    return list;
  });
  const { words } = dictionary;
  return {
    kind: 'list',
    words,
    lists: listNumbers(lists, known.size),
    starts: Uint32Array.from(starts),
    codes: listCodes(codes, words.length),
  };
}

/** The list of each row, in as few bytes as so many lists need. */
export function listNumbers(lists: Iterable<number>, count: number): ListColumn['lists'] {
  return count <= 2 ** 8 ? Uint8Array.from(lists) : Uint16Array.from(lists);
}

/** Codes of words, in as few bytes as so many words need. */
export function listCodes(codes: Iterable<number>, words: number): ListColumn['codes'] {
  return words < 2 ** 16 ? Uint16Array.from(codes) : Uint32Array.from(codes);
}

class Dictionary {
  readonly words: string[] = [];
  readonly #codes = new Map<string, number>();

  codeOf(word: string): number {
    let code = this.#codes.get(word);
    if (code === undefined) {
      code = this.words.push(word);
      this.#codes.set(word, code);
    }
    return code;
  }
}

/** A copy in which some rows have no value. */
export function blanked(column: Column, rows: readonly number[]): Column {
  if (column.kind === 'number') {
    const numbers = column.numbers.slice();
    for (const row of rows) numbers[row] = NaN;
    return { kind: 'number', numbers };
  }
  if (column.kind !== 'list') {
    const codes = column.codes.slice();
    for (const row of rows) codes[row] = 0;
    return { ...column, codes } as Column;
  }
  const lists = column.lists.slice();
  for (const row of rows) lists[row] = 0;
  return { ...column, lists };
}

/** What a column holds in memory, in bytes, roughly. */
export function columnBytes(column: Column): number {
  if (column.kind === 'number') return column.numbers.byteLength;
  if (column.kind === 'whole') return column.codes.byteLength;
  const words = column.words.reduce((sum, word) => sum + 2 * word.length + 24, 0);
  const lists = column.kind === 'list' ? column.starts.byteLength + column.lists.byteLength : 0;
  return words + column.codes.byteLength + lists;
}

/** The value of a row as it was given; undefined: absent. */
export function valueAt(column: Column, row: number): FactValue | undefined {
  if (column.kind === 'number') {
    const number = column.numbers[row] ?? NaN;
    return Number.isNaN(number) ? undefined : number;
  }
  const code = column.kind === 'list' ? 0 : (column.codes[row] ?? 0);
  if (column.kind === 'whole') return code === 0 ? undefined : column.least + code - 1;
  if (column.kind === 'text') return code === 0 ? undefined : column.words[code - 1];
  const list = column.lists[row] ?? 0;
  const codes = column.codes.subarray(column.starts[list], column.starts[list + 1]);
  return codes.length === 0 ? undefined : Array.from(codes, (code) => column.words[code - 1] ?? '');
}
