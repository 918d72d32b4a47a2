// Reads fields of JSON that came from outside: each is what it has to be, or the record is refused with the name of the field.

/** A record that is not what it says. */
export class BadRecord extends Error {}

/** Times from outside end before this, in the year 2242; milliseconds since 1970. */
export const END_OF_TIMES = 2 ** 33 * 1000;

/** No list in a record is longer, unless its reader says so. */
const MAX_ITEMS = 100_000;
const MAX_TEXT = 32 * 1024 * 1024;

/** The fields of one object. */
export class Fields {
  readonly #object: Readonly<Record<string, unknown>>;
  readonly #name: string;

  /** `name` is what a fault calls the object. */
  constructor(value: unknown, name: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new BadRecord(`${name} is no object`);
    this.#object = value as Readonly<Record<string, unknown>>;
    this.#name = name;
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#object, key);
  }

  raw(key: string): unknown {
    return Object.hasOwn(this.#object, key) ? this.#object[key] : undefined;
  }

  text(key: string, maxLength = MAX_TEXT): string {
    const value = this.raw(key);
    if (typeof value !== 'string') throw this.#bad(key, 'no text');
    if (value.length > maxLength) throw this.#bad(key, `longer than ${maxLength} characters`);
    return value;
  }

  maybeText(key: string, maxLength = MAX_TEXT): string | null {
    return this.#isAbsent(key) ? null : this.text(key, maxLength);
  }

  /** A whole number from 0 on. */
  count(key: string): number {
    const value = this.raw(key);
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
      throw this.#bad(key, 'no whole number from 0 on');
    return value;
  }

  maybeCount(key: string): number | null {
    return this.#isAbsent(key) ? null : this.count(key);
  }

  /** Milliseconds since 1970, before `END_OF_TIMES`. */
  time(key: string): number {
    const value = this.count(key);
    if (value >= END_OF_TIMES) throw this.#bad(key, 'no time');
    return value;
  }

  maybeTime(key: string): number | null {
    return this.#isAbsent(key) ? null : this.time(key);
  }

  flag(key: string): boolean {
    const value = this.raw(key);
    if (typeof value !== 'boolean') throw this.#bad(key, 'neither true nor false');
    return value;
  }

  /** One of some texts. */
  choice<T extends string>(key: string, choices: readonly T[]): T {
    const value = this.raw(key);
    const found = choices.find((one) => one === value);
    if (found === undefined) throw this.#bad(key, `none of ${choices.join(', ')}`);
    return found;
  }

  list<T>(key: string, read: (item: unknown, name: string) => T, maxItems = MAX_ITEMS): readonly T[] {
    const value = this.raw(key);
    if (!Array.isArray(value)) throw this.#bad(key, 'no list');
    if (value.length > maxItems) throw this.#bad(key, `longer than ${maxItems}`);
    return value.map((item) => read(item, `an item of "${key}"`));
  }

  /** All members as texts: what is no text as JSON, and of a list the first. Null members are left out. */
  texts(): readonly (readonly [string, string])[] {
    return Object.entries(this.#object).flatMap(([key, value]) => {
      const one: unknown = Array.isArray(value) ? value[0] : value;
      if (one === null || one === undefined) return [];
      return [[key, typeof one === 'string' ? one : jsonText(one)] as const];
    });
  }

  object(key: string): Fields {
    return new Fields(this.raw(key), `"${key}"`);
  }

  #isAbsent(key: string): boolean {
    const value = this.raw(key);
    return value === undefined || value === null;
  }

  #bad(key: string, fault: string): BadRecord {
    return new BadRecord(`"${key}" of ${this.#name} is ${fault}`);
  }
}

/** Whether a report can have arrived then; milliseconds since 1970. */
export function isTime(time: number): boolean {
  return time >= 0 && time < END_OF_TIMES;
}

/** A value that was parsed, as JSON again. Throws `BadRecord` where it is nested so deeply that nothing but the parser can follow it. */
export function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) throw new BadRecord('it is nested too deeply');
    throw error;
  }
}

/** An item of a list that is a text. */
export function textItem(item: unknown, name: string): string {
  if (typeof item !== 'string') throw new BadRecord(`${name} is no text`);
  return item;
}
