// JSON whose values were changed, written again: what did not change stays as it is written, sign by sign. Parsed and made text again it would
// be other numbers (2^53 and above, `1.0`, `1e400`, `-0`), other blanks and other escapes; what is stored is to be what was sent.
import { isUtf8 } from 'node:buffer';

/** Deeper values are written anew; filters look no deeper either. */
const MAX_DEPTH = 100;

/** How a list was shortened: the places that its items had; absent: it has all that it had. */
export type PlacesOf = (list: readonly unknown[]) => readonly number[] | undefined;

const ALL: PlacesOf = () => undefined;

/**
 * The JSON `text` with the values of `after`, which came of what it says by changing values, leaving out or adding members, leaving out items.
 * `text` must be one that JSON.parse takes. Of members that are named twice the last one counts, as for JSON.parse, and the others are left out
 * wherever they stand: nobody has looked through them.
 */
export function rewrittenJson(text: string, after: unknown, placesOf: PlacesOf = ALL): string {
  return new Rewriter(text, placesOf, { read: (raw) => raw, written: (json) => json }).whole(after);
}

/** The same for bytes, of which those that are no UTF-8 stay what they are; the very same bytes where nothing changes. */
export function rewrittenJsonBytes(bytes: Buffer, after: unknown, placesOf: PlacesOf = ALL): Buffer {
  const encoding = isUtf8(bytes) ? 'utf8' : 'latin1';
  const text = bytes.toString(encoding);
  const written =
    encoding === 'utf8'
      ? rewrittenJson(text, after, placesOf)
      : new Rewriter(text, placesOf, {
          read: (raw) => Buffer.from(raw, 'latin1').toString('utf8'),
          written: (json) => Buffer.from(json).toString('latin1'),
        }).whole(after);
  return written === text ? bytes : Buffer.from(written, encoding);
}

/** Between the signs of the text and those of values. */
interface Signs {
  readonly read: (raw: string) => string;
  readonly written: (json: string) => string;
}

/** Goes through the text once, from value to value; `#at` is where the next one begins. */
class Rewriter {
  readonly #text: string;
  readonly #placesOf: PlacesOf;
  readonly #signs: Signs;
  #shadowed: ReadonlySet<number> = new Set();
  #at = 0;

  constructor(text: string, placesOf: PlacesOf, signs: Signs) {
    this.#text = text;
    this.#placesOf = placesOf;
    this.#signs = signs;
  }

  whole(after: unknown): string {
    // A byte order mark is before the JSON, not of it; as bytes it has three signs.
    this.#at = /^(?:\uFEFF|ï»¿)?\s*/.exec(this.#text)?.[0].length ?? 0;
    const before = this.#text.slice(0, this.#at);
    this.#shadowed = this.#findShadowed();
    this.#at = before.length;
    return before + this.#value(after, 0) + this.#text.slice(this.#at);
  }

  #value(after: unknown, depth: number): string {
    const from = this.#at;
    const sign = this.#text[from];
    if (typeof after === 'object' && after !== null && depth < MAX_DEPTH) {
      if (sign === '{' && !Array.isArray(after))
        return this.#members(after as Readonly<Record<string, unknown>>, depth);
      const places = sign === '[' && Array.isArray(after) ? this.#placesOf(after) : undefined;
      if (sign === '[' && Array.isArray(after))
        return this.#items(after as readonly unknown[], places, depth);
    }
    this.#skip();
    const raw = this.#text.slice(from, this.#at);
    if (typeof after !== 'object' || after === null) {
      if (
        sign === '"' ? this.#textOf(raw) === after : sign !== '{' && sign !== '[' && JSON.parse(raw) === after
      )
        return raw;
    }
    return this.#written(after);
  }

  #members(after: Readonly<Record<string, unknown>>, depth: number): string {
    const from = this.#at;
    const members = new Map<string, string>();
    let isAsIs = true;
    this.#at += 1;
    for (let begin = this.#at; this.#blanks() !== '}'; begin = this.#at) {
      const nameFrom = this.#at;
      this.#skip();
      const name = this.#textOf(this.#text.slice(nameFrom, this.#at));
      this.#blanks();
      this.#at += 1;
      this.#blanks();
      const before = this.#text.slice(begin, this.#at);
      const isKept = Object.hasOwn(after, name) && !this.#shadowed.has(nameFrom);
      const valueFrom = this.#at;
      let value = '';
      if (isKept) value = this.#value(after[name], depth + 1);
      else this.#skip();
      isAsIs &&= isKept && value === this.#text.slice(valueFrom, this.#at);
      const valueEnd = this.#at;
      const end = this.#blanks();
      if (isKept) members.set(name, before + value + this.#text.slice(valueEnd, this.#at));
      if (end === ',') this.#at += 1;
    }
    this.#at += 1;
    for (const name of Object.keys(after)) {
      if (members.has(name) || after[name] === undefined) continue;
      isAsIs = false;
      members.set(name, this.#written(name) + ':' + this.#written(after[name]));
    }
    return isAsIs ? this.#text.slice(from, this.#at) : `{${[...members.values()].join(',')}}`;
  }

  #items(after: readonly unknown[], places: readonly number[] | undefined, depth: number): string {
    const from = this.#at;
    const items: string[] = [];
    let isAsIs = true;
    let index = 0;
    this.#at += 1;
    for (let begin = this.#at; this.#blanks() !== ']'; begin = this.#at) {
      const before = this.#text.slice(begin, this.#at);
      const isKept = places === undefined ? index < after.length : places[items.length] === index;
      const valueFrom = this.#at;
      let value = '';
      if (isKept) value = this.#value(after[items.length], depth + 1);
      else this.#skip();
      isAsIs &&= isKept && value === this.#text.slice(valueFrom, this.#at);
      const valueEnd = this.#at;
      const end = this.#blanks();
      if (isKept) items.push(before + value + this.#text.slice(valueEnd, this.#at));
      if (end === ',') this.#at += 1;
      index += 1;
    }
    this.#at += 1;
    // A list that became another one.
    if (items.length !== after.length || (places === undefined && index !== after.length))
      return this.#written(after);
    return isAsIs ? this.#text.slice(from, this.#at) : `[${items.join(',')}]`;
  }

  /**
   * Where members begin that a later one of the same name takes the place of. Found beforehand, in one walk: whoever compared each of them with the
   * value that counts would write that one as often.
   */
  #findShadowed(): ReadonlySet<number> {
    const found = new Set<number>();
    const around: (Map<string, number> | null)[] = [];
    // Of the object that is open; null: a list is.
    let members: Map<string, number> | null = null;
    let isName = false;
    do {
      const sign = this.#blanks();
      const from = this.#at;
      if (sign === '"') {
        this.#skipText();
        if (members === null || !isName) continue;
        const name = this.#textOf(this.#text.slice(from, this.#at));
        const earlier = members.get(name);
        if (earlier !== undefined) found.add(earlier);
        members.set(name, from);
        isName = false;
      } else if (sign === '{' || sign === '[') {
        around.push(members);
        members = sign === '{' ? new Map() : null;
        isName = sign === '{';
        this.#at += 1;
      } else if (sign === '}' || sign === ']') {
        members = around.pop() ?? null;
        isName = false;
        this.#at += 1;
      } else if (sign === ',') {
        isName = members !== null;
        this.#at += 1;
      } else if (sign === ':') this.#at += 1;
      else this.#skipWord();
    } while (around.length > 0 && this.#at < this.#text.length);
    return found;
  }

  #written(value: unknown): string {
    return this.#signs.written(JSON.stringify(value));
  }

  #textOf(raw: string): string {
    const text = this.#signs.read(raw);
    return text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1);
  }

  /** The next sign that is no blank. */
  #blanks(): string | undefined {
    let code = this.#text.charCodeAt(this.#at);
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) {
      this.#at += 1;
      code = this.#text.charCodeAt(this.#at);
    }
    return this.#text[this.#at];
  }

  /** Behind the value that begins here, however deep it is. */
  #skip(): void {
    let depth = 0;
    do {
      const sign = this.#blanks();
      if (sign === '"') this.#skipText();
      else if (sign === '{' || sign === '[') {
        depth += 1;
        this.#at += 1;
      } else if (sign === '}' || sign === ']') {
        depth -= 1;
        this.#at += 1;
      } else if (sign === ',' || sign === ':') this.#at += 1;
      else this.#skipWord();
    } while (depth > 0 && this.#at < this.#text.length);
  }

  #skipText(): void {
    const { length } = this.#text;
    this.#at += 1;
    for (;;) {
      const end = this.#text.indexOf('"', this.#at);
      if (end === -1) {
        this.#at = length;
        return;
      }
      let before = end - 1;
      while (this.#text[before] === '\\') before -= 1;
      this.#at = end + 1;
      if ((end - before) % 2 === 1) return;
    }
  }

  /** A number, `true`, `false`, `null`. */
  #skipWord(): void {
    WORD_END.lastIndex = this.#at;
    const end = WORD_END.exec(this.#text);
    this.#at = end === null ? this.#text.length : end.index;
  }
}

const WORD_END = /[\s,\]}]/g;
