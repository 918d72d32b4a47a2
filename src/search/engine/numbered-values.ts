// Different values of a key, numbered from 0 as they are met, so that sets of them are bits.
import type { Column } from '../columns/column.ts';
import { isNumeric, valueOfCode } from './cells.ts';
import type { Value } from './cells.ts';
import type { Chunk } from './chunk.ts';
import type { Selection } from './select-rows.ts';

/** What stands in an array of numbers where a row has no value. */
export const NONE = 0xffff_ffff;

export class NumberedValues {
  readonly #key: number;
  readonly #words = new Map<Value, number>();
  readonly #rows: number;
  #table: NumberTable | null = null;

  /** `rows`: how many there are to number, at most. */
  constructor(key: number, rows: number) {
    this.#key = key;
    this.#rows = rows;
  }

  /** How many different values there were. */
  get size(): number {
    return this.#words.size + (this.#table?.size ?? 0);
  }

  /** Made when it is needed: it begins with megabytes. */
  get #numbers(): NumberTable {
    return (this.#table ??= new NumberTable(this.#rows));
  }

  /** For each selected row the number of its value. Of several words the first counts. */
  of(chunk: Chunk, selection: Selection): Uint32Array {
    const found = new Uint32Array(selection.length).fill(NONE);
    const column = chunk.column(this.#key);
    if (column === null) return found;
    if (column.kind === 'number' && isNumeric(this.#key)) {
      const { numbers } = column;
      const table = this.#numbers;
      for (let at = 0; at < selection.length; at += 1) {
        const value = numbers[selection[at] ?? 0] ?? NaN;
        if (!Number.isNaN(value)) found[at] = table.numberOf(value);
      }
      return found;
    }
    if (column.kind === 'whole' && isNumeric(this.#key)) {
      const { codes, least } = column;
      const table = this.#numbers;
      for (let at = 0; at < selection.length; at += 1) {
        const code = codes[selection[at] ?? 0] ?? 0;
        if (code !== 0) found[at] = table.numberOf(least + code - 1);
      }
      return found;
    }
    this.#ofCodes(column, selection, found);
    return found;
  }

  #ofCodes(column: Column, selection: Selection, found: Uint32Array): void {
    const valueOf = valueOfCode(column, this.#key);
    if (column.kind === 'number' || valueOf === null) {
      for (let at = 0; at < selection.length; at += 1) {
        const value = column.kind === 'number' ? (column.numbers[selection[at] ?? 0] ?? NaN) : NaN;
        if (!Number.isNaN(value)) found[at] = this.#wordNumber(String(value));
      }
      return;
    }
    const known = new Map<number, number>();
    for (let at = 0; at < selection.length; at += 1) {
      const row = selection[at] ?? 0;
      const code =
        column.kind === 'list' ? (column.codes[column.starts[row] ?? 0] ?? 0) : (column.codes[row] ?? 0);
      const absent = column.kind === 'list' ? column.starts[row] === column.starts[row + 1] : code === 0;
      if (absent) continue;
      let number = known.get(code);
      if (number === undefined) {
        const value = valueOf(code);
        number = typeof value === 'number' ? this.#numbers.numberOf(value) : this.#wordNumber(value);
        known.set(code, number);
      }
      found[at] = number;
    }
  }

  #wordNumber(word: string): number {
    let number = this.#words.get(word);
    if (number === undefined) this.#words.set(word, (number = this.#words.size));
    return number;
  }
}

const MOST_ROOM = 2 ** 20;

/** Numbers and their order of appearance, in an open table: several times as fast as a Map, at a fifth of its memory. */
export class NumberTable {
  size = 0;
  #values: Float64Array;
  #numbers: Uint32Array;
  #mask: number;

  /** Begins with room for half of the rows, up to some megabytes: growing costs more than room that stays empty. */
  constructor(rows = 0) {
    const room = 2 ** Math.ceil(Math.log2(Math.min(Math.max(rows, 1024), MOST_ROOM)));
    this.#values = new Float64Array(room).fill(NaN);
    this.#numbers = new Uint32Array(room);
    this.#mask = room - 1;
  }

  numberOf(value: number): number {
    let at = this.#placeOf(value);
    if (this.#values[at] === value) return this.#numbers[at] ?? 0;
    if (this.size * 2 > this.#mask) {
      this.#grow();
      at = this.#placeOf(value);
    }
    this.#values[at] = value;
    this.#numbers[at] = this.size;
    return this.size++;
  }

  #placeOf(value: number): number {
    const values = this.#values;
    let at = hashOf(value) & this.#mask;
    // The place of the value, or the free one where it goes.
    for (let found = values[at] ?? NaN; found !== value && !Number.isNaN(found); found = values[at] ?? NaN) {
      at = (at + 1) & this.#mask;
    }
    return at;
  }

  #grow(): void {
    const [values, numbers] = [this.#values, this.#numbers];
    this.#mask = this.#mask * 2 + 1;
    this.#values = new Float64Array(this.#mask + 1).fill(NaN);
    this.#numbers = new Uint32Array(this.#mask + 1);
    for (let at = 0; at < values.length; at += 1) {
      const value = values[at] ?? NaN;
      if (Number.isNaN(value)) continue;
      const place = this.#placeOf(value);
      this.#values[place] = value;
      this.#numbers[place] = numbers[at] ?? 0;
    }
  }
}

/** Mixes both halves of a whole number; fractions share the place of their whole part. */
function hashOf(value: number): number {
  const low = value | 0;
  const high = (value / 4_294_967_296) | 0;
  const mixed = Math.imul(low ^ Math.imul(high, 0x9e37_79b1), 0x85eb_ca6b);
  return mixed ^ (mixed >>> 15);
}

/** So many sets are bits; more of them would take more memory than the pairs of set and number that there are. */
const FEW_SETS = 64;

/** Sets of numbers, one for each of some values. */
export class NumberSets {
  readonly #bits: Uint32Array[] | null;
  readonly #pairs = new NumberTable();
  readonly #counts: Float64Array;

  constructor(sets: number) {
    this.#bits = sets > FEW_SETS ? null : Array.from({ length: sets }, () => new Uint32Array(0));
    this.#counts = new Float64Array(sets);
  }

  add(set: number, number: number): void {
    if (number === NONE) return;
    const isNew = this.#bits === null ? this.#addPair(set, number) : addBit(this.#bits, set, number);
    if (isNew) this.#counts[set] = (this.#counts[set] ?? 0) + 1;
  }

  sizeOf(set: number): number {
    return this.#counts[set] ?? 0;
  }

  #addPair(set: number, number: number): boolean {
    const { size } = this.#pairs;
    this.#pairs.numberOf(set * 2 ** 32 + number);
    return this.#pairs.size > size;
  }
}

function addBit(sets: Uint32Array[], set: number, number: number): boolean {
  let bits = sets[set] ?? new Uint32Array(0);
  const word = number >>> 5;
  if (word >= bits.length) {
    const larger = new Uint32Array(Math.max(word + 1, bits.length * 2));
    larger.set(bits);
    sets[set] = bits = larger;
  }
  const bit = 1 << (number & 31);
  const held = bits[word] ?? 0;
  bits[word] = held | bit;
  return (held & bit) === 0;
}
