// Numbers many different numbers from 0, as they are met. They go by their hash into parts, and each part has a table of its own, small enough
// for a processor's cache: in one table of millions nearly each look-up waits for memory.
import { hashOf } from './number-table.ts';

/** What stands in the answer where there was no number. */
export const NONE = 0xffff_ffff;

const PARTS = 256;
const PART_SHIFT = 24;
const FEWEST = 32;

/** An open table; a place is free where its number (from 1) is 0. */
interface Part {
  values: Float64Array;
  numbers: Uint32Array;
  mask: number;
  held: number;
}

export class PartedNumbers {
  size = 0;
  readonly #parts: (Part | undefined)[] = Array.from({ length: PARTS });
  readonly #rooms: Rooms;

  /** `most`: as many values are given at once, at most. */
  constructor(most: number) {
    this.#rooms = {
      parts: new Uint8Array(most),
      values: new Float64Array(most),
      from: new Uint32Array(most),
    };
  }

  /** The number of each value, into `found`; NaN has none. */
  numberAll(values: Float64Array, found: Uint32Array): void {
    const { parts, values: sorted, from } = this.#rooms;
    const starts = new Uint32Array(PARTS + 1);
    for (let at = 0; at < values.length; at += 1) {
      const part = hashOf(values[at] ?? NaN) >>> PART_SHIFT;
      parts[at] = part;
      starts[part + 1] = (starts[part + 1] ?? 0) + 1;
    }
    for (let part = 0; part < PARTS; part += 1)
      starts[part + 1] = (starts[part + 1] ?? 0) + (starts[part] ?? 0);
    const next = starts.slice();
    for (let at = 0; at < values.length; at += 1) {
      const part = parts[at] ?? 0;
      const to = next[part] ?? 0;
      sorted[to] = values[at] ?? NaN;
      from[to] = at;
      next[part] = to + 1;
    }
    for (let part = 0; part < PARTS; part += 1) {
      const [first, end] = [starts[part] ?? 0, starts[part + 1] ?? 0];
      if (first < end) this.#numberPart(this.#part(part), sorted, { from, first, end, found });
    }
  }

  numberOf(value: number): number {
    const found = new Uint32Array(1);
    this.numberAll(Float64Array.of(value), found);
    return found[0] ?? NONE;
  }

  #part(at: number): Part {
    return (this.#parts[at] ??= {
      values: new Float64Array(FEWEST),
      numbers: new Uint32Array(FEWEST),
      mask: FEWEST - 1,
      held: 0,
    });
  }

  #numberPart(
    part: Part,
    sorted: Float64Array,
    { from, first, end, found }: { from: Uint32Array; first: number; end: number; found: Uint32Array },
  ): void {
    let { values, numbers, mask } = part;
    for (let at = first; at < end; at += 1) {
      const value = sorted[at] ?? NaN;
      if (Number.isNaN(value)) {
        found[from[at] ?? 0] = NONE;
        continue;
      }
      let place = hashOf(value) & mask;
      let number = numbers[place] ?? 0;
      while (number !== 0 && values[place] !== value) {
        place = (place + 1) & mask;
        number = numbers[place] ?? 0;
      }
      if (number === 0) {
        number = this.size += 1;
        values[place] = value;
        numbers[place] = number;
        part.held += 1;
        if (part.held * 2 > mask) {
          grow(part);
          ({ values, numbers, mask } = part);
        }
      }
      found[from[at] ?? 0] = number - 1;
    }
  }
}

interface Rooms {
  readonly parts: Uint8Array;
  readonly values: Float64Array;
  /** Where each of the sorted values came from. */
  readonly from: Uint32Array;
}

function grow(part: Part): void {
  const { values, numbers } = part;
  part.mask = part.mask * 4 + 3;
  part.values = new Float64Array(part.mask + 1);
  part.numbers = new Uint32Array(part.mask + 1);
  for (let at = 0; at < values.length; at += 1) {
    const number = numbers[at] ?? 0;
    if (number === 0) continue;
    const value = values[at] ?? 0;
    let place = hashOf(value) & part.mask;
    while (part.numbers[place] !== 0) place = (place + 1) & part.mask;
    part.values[place] = value;
    part.numbers[place] = number;
  }
}
