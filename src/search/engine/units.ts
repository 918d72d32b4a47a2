// What statistics count: installations, by small numbers of their own. One that crashes a thousand times is one.
import { FIELDS } from '../fields.ts';
import { numbersOf } from './cells.ts';
import type { Chunk } from './chunk.ts';

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
  of(chunk: Chunk, selection: Uint8Array): Int32Array {
    const numberOf = numbersOf(chunk, this.#key);
    const units = new Int32Array(chunk.rows).fill(-1);
    for (let row = 0; row < chunk.rows; row += 1) {
      if (selection[row] === 0) continue;
      const name = numberOf(row);
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
