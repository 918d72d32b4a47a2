// Counts of pairs: of a value that is shown and a day, or of it and a value of another key. One open table for all of them, so that thousands
// of shown values cost no more than a few.
import type { Column } from '../columns/column.ts';
import { compareValues, isNumeric, valueOfCode } from './cells.ts';
import type { Value } from './cells.ts';
import type { Chunk } from './chunk.ts';
import { NumberTable } from './number-table.ts';

/** The second of a pair is below this. */
const SECONDS = 2 ** 32;
const FEW_PAIRS = 1024;

const FEW_CELLS = 2 ** 16;

type Codes = Uint8Array | Uint16Array | Uint32Array;

/** What codes of a column stand for; 0 stands for nothing, `last` is the greatest. */
interface Coded {
  readonly last: number;
  readonly secondOf: (code: number) => number;
}

/** Rows of a chunk, each with the place of the value that is shown, and what rows count (null: each is one crash). */
export interface ShownRows {
  readonly rows: Uint16Array;
  readonly places: Uint32Array;
  readonly weights: Float64Array | null;
}

export class PairCounts {
  readonly #table = new NumberTable(FEW_PAIRS);
  #pairs = new Float64Array(FEW_PAIRS);
  #counts = new Float64Array(FEW_PAIRS);

  add(first: number, second: number, crashes: number): void {
    const { size } = this.#table;
    const pair = first * SECONDS + second;
    const at = this.#table.numberOf(pair);
    if (at === size) {
      if (at === this.#pairs.length) {
        this.#pairs = doubled(this.#pairs);
        this.#counts = doubled(this.#counts);
      }
      this.#pairs[at] = pair;
    }
    this.#counts[at] = (this.#counts[at] ?? 0) + crashes;
  }

  /**
   * Counts the codes of a column beside shown values, of which there are `shown`. Where both are few they are counted in an array first: a row then
   * costs one addition.
   */
  addCodes(
    codes: Codes,
    { last, secondOf }: Coded,
    { rows, places, weights }: ShownRows,
    shown: number,
  ): void {
    const width = last + 1;
    if (width * shown > FEW_CELLS) {
      for (let at = 0; at < rows.length; at += 1) {
        const row = rows[at] ?? 0;
        const code = codes[row] ?? 0;
        if (code !== 0) this.add(places[at] ?? 0, secondOf(code), weights === null ? 1 : (weights[row] ?? 1));
      }
      return;
    }
    const cells = new Float64Array(width * shown);
    for (let at = 0; at < rows.length; at += 1) {
      const row = rows[at] ?? 0;
      const cell = (places[at] ?? 0) * width + (codes[row] ?? 0);
      cells[cell] = (cells[cell] ?? 0) + (weights === null ? 1 : (weights[row] ?? 1));
    }
    for (let place = 0; place < shown; place += 1) {
      for (let code = 1; code < width; code += 1) {
        const crashes = cells[place * width + code] ?? 0;
        if (crashes > 0) this.add(place, secondOf(code), crashes);
      }
    }
  }

  /** For each first of a pair, from 0 to before `firsts`, its seconds with their counts, as they were met. */
  byFirst(firsts: number): readonly (readonly (readonly [second: number, crashes: number])[])[] {
    const found = Array.from({ length: firsts }, (): [number, number][] => []);
    for (let at = 0; at < this.#table.size; at += 1) {
      const pair = this.#pairs[at] ?? 0;
      found[Math.floor(pair / SECONDS)]?.push([pair % SECONDS, this.#counts[at] ?? 0]);
    }
    return found;
  }
}

function doubled(numbers: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(numbers.length * 2);
  larger.set(numbers);
  return larger;
}

/** How often values of one key stand beside those that are shown. */
export class ValuesWithin {
  readonly #key: number;
  readonly #numbers = new Map<Value, number>();
  readonly #values: Value[] = [];
  readonly #pairs = new PairCounts();

  constructor(key: number) {
    this.#key = key;
  }

  /** Counts a row of the chunk for a shown value; all of its words, where it has several. */
  counter(chunk: Chunk): (shown: number, row: number, crashes: number) => void {
    const column = chunk.column(this.#key);
    if (column === null) return () => undefined;
    const numberOf = this.#numberer(column);
    if (column.kind === 'list') {
      const { codes, starts, lists } = column;
      return (shown, row, crashes) => {
        const list = lists[row] ?? 0;
        const end = starts[list + 1] ?? 0;
        for (let at = starts[list] ?? 0; at < end; at += 1)
          this.#pairs.add(shown, numberOf(codes[at] ?? 0), crashes);
      };
    }
    if (column.kind === 'number') {
      const { numbers } = column;
      return (shown, row, crashes) => {
        const number = numbers[row] ?? NaN;
        if (!Number.isNaN(number)) this.#pairs.add(shown, numberOf(number), crashes);
      };
    }
    const { codes } = column;
    return (shown, row, crashes) => {
      const code = codes[row] ?? 0;
      if (code !== 0) this.#pairs.add(shown, numberOf(code), crashes);
    };
  }

  /** Counts rows of a chunk, each for the shown value of its place; there are `shown` of them. */
  addRows(chunk: Chunk, of: ShownRows, shown: number): void {
    const column = chunk.column(this.#key);
    if (column?.kind === 'text') {
      const coded = { last: column.words.length, secondOf: this.#numberer(column) };
      this.#pairs.addCodes(column.codes, coded, of, shown);
      return;
    }
    const count = this.counter(chunk);
    for (let at = 0; at < of.rows.length; at += 1) {
      const row = of.rows[at] ?? 0;
      count(of.places[at] ?? 0, row, of.weights === null ? 1 : (of.weights[row] ?? 1));
    }
  }

  /** For each shown value, from 0 to before `shown`, the values beside it. */
  byShown(shown: number): readonly (readonly (readonly [value: Value, crashes: number])[])[] {
    return this.#pairs
      .byFirst(shown)
      .map((some) => some.map(([number, crashes]) => [this.#values[number] ?? '', crashes]));
  }

  /** The number of the value of a code; of a number itself, where the column has plain ones. */
  #numberer(column: Column): (code: number) => number {
    const valueOf =
      valueOfCode(column, this.#key) ?? (isNumeric(this.#key) ? (number: number) => number : String);
    // Words are few beside rows, and looked up once each.
    const known =
      column.kind === 'text' || column.kind === 'list' ? new Int32Array(column.words.length + 1) : null;
    return (code) => {
      const held = known?.[code] ?? 0;
      if (held !== 0) return held - 1;
      const value = valueOf(code);
      let number = this.#numbers.get(value);
      if (number === undefined) {
        number = this.#values.push(value) - 1;
        this.#numbers.set(value, number);
      }
      if (known !== null) known[code] = number + 1;
      return number;
    };
  }
}

/** The greatest count first; equal ones by their value. */
export function frequentFirst(
  counts: readonly (readonly [Value, number])[],
): readonly (readonly [Value, number])[] {
  return counts.toSorted(([a, countA], [b, countB]) => countB - countA || compareValues(a, b));
}
