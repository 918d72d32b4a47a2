// Different values of a key, numbered from 0 as they are met, so that sets of them are bits.
import type { Column } from '../columns/column.ts';
import { firstCode, isNumeric, valueOfCode } from './cells.ts';
import type { Value } from './cells.ts';
import type { Chunk } from './chunk.ts';
import { NumberTable } from './number-table.ts';
import { NONE, PartedNumbers } from './parted-numbers.ts';
import type { Selection } from './select-rows.ts';

/** Values that are numbered together, and where each run of them goes. */
interface Gathered {
  values: Float64Array | null;
  held: number;
  runs: {
    readonly found: Uint32Array;
    readonly to: number;
    readonly from: number;
    readonly count: number;
  }[];
}

/** So many values are gathered before they are numbered together. */
const GATHERED = 2 ** 18;
const FEWEST_GATHERED = 1024;

export class NumberedValues {
  readonly #key: number;
  readonly #words = new Map<Value, number>();
  readonly #most: number;
  readonly #gathered: Gathered = { values: null, held: 0, runs: [] };
  #numbers: PartedNumbers | null = null;

  /** `rows`: how many there are to number, as far as is known; more are no mistake. */
  constructor(key: number, rows: number) {
    this.#key = key;
    this.#most = Math.min(Math.max(rows, FEWEST_GATHERED), GATHERED);
  }

  /** How many different values there were. */
  get size(): number {
    this.settle();
    return this.#words.size + (this.#numbers?.size ?? 0);
  }

  /** For each selected row the number of its value, which may stand there only after `settle`. Of several words the first counts. */
  of(chunk: Chunk, selection: Selection): Uint32Array {
    const found = new Uint32Array(selection.length).fill(NONE);
    const column = chunk.column(this.#key);
    if (column === null) return found;
    if (column.kind === 'number' && isNumeric(this.#key)) {
      const { numbers } = column;
      this.#gather(selection, found, (row) => numbers[row] ?? NaN);
    } else if (column.kind === 'whole' && isNumeric(this.#key)) {
      const { codes, least } = column;
      this.#gather(selection, found, (row) => {
        const code = codes[row] ?? 0;
        return code === 0 ? NaN : least + code - 1;
      });
    } else this.#ofCodes(column, selection, found);
    return found;
  }

  /** Numbers what was gathered, so that every array that `of` gave is filled. */
  settle(): void {
    const { values, held, runs } = this.#gathered;
    if (values === null || held === 0) return;
    const numbers = new Uint32Array(held);
    this.#parted().numberAll(values.subarray(0, held), numbers);
    for (const { found, to, from, count } of runs) found.set(numbers.subarray(from, from + count), to);
    this.#gathered.held = 0;
    this.#gathered.runs = [];
  }

  #gather(selection: Selection, found: Uint32Array, valueOf: (row: number) => number): void {
    const gathered = this.#gathered;
    const values = (gathered.values ??= new Float64Array(this.#most));
    for (let to = 0; to < selection.length;) {
      if (gathered.held === values.length) this.settle();
      const from = gathered.held;
      const count = Math.min(values.length - from, selection.length - to);
      for (let at = 0; at < count; at += 1) values[from + at] = valueOf(selection[to + at] ?? 0);
      gathered.runs.push({ found, to, from, count });
      gathered.held += count;
      to += count;
    }
  }

  #parted(): PartedNumbers {
    return (this.#numbers ??= new PartedNumbers(this.#most));
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
      const code = column.kind === 'whole' ? (column.codes[row] ?? 0) : firstCode(column, row);
      if (code === 0) continue;
      let number = known.get(code);
      if (number === undefined) {
        const value = valueOf(code);
        number = typeof value === 'number' ? this.#parted().numberOf(value) : this.#wordNumber(value);
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

  /**
   * Adds for each row its number to the set of its code, as a table of codes tells; -1: to none. The same as `add` for each, in one loop without
   * calls: this is most of the time of facets with installations.
   */
  addRows(
    rows: Selection,
    { codes, setOf }: { readonly codes: Uint8Array | Uint16Array | Uint32Array; readonly setOf: Int32Array },
    numbers: Uint32Array,
  ): void {
    const bits = this.#bits;
    if (bits === null) {
      for (let at = 0; at < rows.length; at += 1) {
        const set = setOf[codes[rows[at] ?? 0] ?? 0] ?? -1;
        if (set >= 0) this.add(set, numbers[at] ?? NONE);
      }
      return;
    }
    const counts = this.#counts;
    for (let at = 0; at < rows.length; at += 1) {
      const set = setOf[codes[rows[at] ?? 0] ?? 0] ?? -1;
      const number = numbers[at] ?? NONE;
      if (set < 0 || number === NONE) continue;
      const own = bits[set] as Uint32Array;
      const word = number >>> 5;
      if (word >= own.length) {
        this.add(set, number);
        continue;
      }
      const bit = 1 << (number & 31);
      const held = own[word] ?? 0;
      if ((held & bit) !== 0) continue;
      own[word] = held | bit;
      counts[set] = (counts[set] ?? 0) + 1;
    }
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
