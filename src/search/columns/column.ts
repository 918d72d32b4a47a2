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

/** Several words a row: those of row r are `codes[starts[r]]` to before `codes[starts[r + 1]]`. */
export interface ListColumn {
  readonly kind: 'list';
  readonly words: readonly string[];
  readonly starts: Uint32Array;
  readonly codes: Uint32Array;
}

export type Column = TextColumn | NumberColumn | ListColumn;

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
    return {
      kind: 'number',
      numbers: Float64Array.from(words, (value) => (value === undefined ? NaN : Number(value))),
    };
  }
  return textColumn(words);
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
  const starts = new Uint32Array(values.length + 1);
  const codes: number[] = [];
  for (const [row, value] of values.entries()) {
    const several =
      value === undefined ? [] : Array.isArray(value) ? (value as readonly string[]) : [String(value)];
    // A word that stands twice in a row counts once.
    for (const word of new Set(several)) codes.push(dictionary.codeOf(word));
    starts[row + 1] = codes.length;
  }
  return { kind: 'list', words: dictionary.words, starts, codes: Uint32Array.from(codes) };
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

/** What a column holds in memory, in bytes, roughly. */
export function columnBytes(column: Column): number {
  if (column.kind === 'number') return column.numbers.byteLength;
  const words = column.words.reduce((sum, word) => sum + 2 * word.length + 24, 0);
  return words + column.codes.byteLength + (column.kind === 'list' ? column.starts.byteLength : 0);
}

/** The value of a row as it was given; undefined: absent. */
export function valueAt(column: Column, row: number): FactValue | undefined {
  if (column.kind === 'number') {
    const number = column.numbers[row] ?? NaN;
    return Number.isNaN(number) ? undefined : number;
  }
  if (column.kind === 'text') {
    const code = column.codes[row] ?? 0;
    return code === 0 ? undefined : column.words[code - 1];
  }
  const codes = column.codes.subarray(column.starts[row], column.starts[row + 1]);
  return codes.length === 0 ? undefined : Array.from(codes, (code) => column.words[code - 1] ?? '');
}
