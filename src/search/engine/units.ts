// What statistics count: installations, by small numbers of their own. One that crashes a thousand times is one.
import { FIELDS } from '../fields.ts';
import { numbersOf } from './cells.ts';
import type { Chunk } from './chunk.ts';
import type { Selection } from './select-rows.ts';

/** Gives each installation that it meets the next number, from 0. */
export class Units {
  readonly #numbers = new Map<number, number>();
  readonly #key: number;

  /** `key`: the field that names what is counted. */
  constructor(key: number = FIELDS.installation.key) {
    this.#key = key;
  }

  get size(): number {
    return this.#numbers.size;
  }

  /** For each row that is selected the number of its installation; −1: it names none, or is not selected. */
  of(chunk: Chunk, selection: Selection): Int32Array {
    const names = numbersOf(chunk, this.#key);
    const units = new Int32Array(chunk.rows).fill(-1);
    if (names === null) return units;
    for (const row of selection) {
      const name = names[row] ?? NaN;
      if (!Number.isNaN(name)) units[row] = this.#numberOf(name);
    }
    return units;
  }

  #numberOf(name: number): number {
    let number = this.#numbers.get(name);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(name, number);
    }
    return number;
  }
}
