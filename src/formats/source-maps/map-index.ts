// Looks positions up in the index of a source map, by reads of a few blocks.
import { BlockCache, type CachedAccess, type RandomAccess } from '../symbols/random-access.ts';
import { ENTRY_BYTES, HEADER_BYTES, IGNORED, MAGIC, NONE, TABLES, type Table } from './map-index-layout.ts';

/** Lines of source around a position, on either side. */
const CONTEXT_LINES = 5;
const MAX_LINE = 500;
/** A line of a minified source is read no further than this. */
const MAX_LINE_BYTES = 64 * 1024;
const MAX_STRING_BYTES = 64 * 1024;

/** What is at a position of a script. Lines and columns from 1. */
export interface MappedPosition {
  /** As the map has it. */
  readonly source: string;
  readonly line: number;
  readonly column: number;
  /** The name that the map gives to the token there: of a call, what is called. */
  readonly token: string | null;
  /** The map says that the source is of somebody else. */
  readonly isIgnored: boolean;
  /** Whether the functions of the script are known; then null as its name means that it has none. */
  readonly knowsFunctions: boolean;
  readonly function: string | null;
  /** An odd number of lines, the one of the position in the middle; null: the source is not there. */
  readonly context: readonly string[] | null;
}

/** An open index. */
export interface MapIndex {
  /** `line` and `column` from 1, the column in UTF-16 units; null: nothing is mapped there. */
  locate(line: number, column: number): MappedPosition | null;
}

/** Opens an index; a text says why it cannot be used. Reads the header alone. */
export function openMapIndex(source: RandomAccess, cache: BlockCache = new BlockCache()): MapIndex | string {
  const access = cache.over(source);
  const header = access.read(0, HEADER_BYTES);
  if (header.length < HEADER_BYTES || !MAGIC.equals(header.subarray(0, MAGIC.length)))
    return 'it is none, or of another version';
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  const tables = {} as Record<Table, Place>;
  for (const [index, table] of TABLES.entries()) {
    const at = view.getUint32(MAGIC.length + index * 8, true);
    const count = view.getUint32(MAGIC.length + index * 8 + 4, true);
    if (at + count * ENTRY_BYTES[table] > source.byteLength) return 'it is cut short';
    tables[table] = { at, count };
  }
  return new OpenMapIndex(access, tables);
}

interface Place {
  readonly at: number;
  readonly count: number;
}

class OpenMapIndex implements MapIndex {
  readonly #access: CachedAccess;
  readonly #tables: Readonly<Record<Table, Place>>;

  constructor(access: CachedAccess, tables: Readonly<Record<Table, Place>>) {
    this.#access = access;
    this.#tables = tables;
  }

  locate(line: number, column: number): MappedPosition | null {
    const [row, unit] = [line - 1, column - 1];
    if (row < 0 || unit < 0 || row + 1 >= this.#tables.lines.count) return null;
    const first = this.#u32('lines', row);
    const end = this.#u32('lines', row + 1);
    const found = this.#lastNotAfter(first, end, (index) => this.#u32('columns', index) <= unit);
    if (found < first) return null;
    const [source, sourceLine, sourceColumn, name] = this.#entry('places', found);
    if (source === NONE || source >= this.#tables.sources.count) return null;
    const [sourceName, firstStart, lines, flags] = this.#entry('sources', source);
    const knowsFunctions = this.#tables.changes.count > 0;
    return {
      source: this.#string(sourceName),
      line: sourceLine + 1,
      column: sourceColumn + 1,
      token: name === 0 ? null : this.#string(name - 1),
      isIgnored: (flags & IGNORED) !== 0,
      knowsFunctions,
      function: knowsFunctions ? this.#functionAt(row, unit) : null,
      context: lines === 0 ? null : this.#context({ firstStart, lines }, sourceLine, sourceColumn),
    };
  }

  #functionAt(row: number, unit: number): string | null {
    const found = this.#lastNotAfter(0, this.#tables.changes.count, (index) => {
      const [line, column] = this.#entry('changes', index);
      return line < row || (line === row && column <= unit);
    });
    if (found < 0) return null;
    const [, , name] = this.#entry('changes', found);
    return name === 0 ? null : this.#string(name - 1);
  }

  /** The last index of `[from, to)` for which `holds` is true, where it is true for all before; `from - 1`: for none. */
  #lastNotAfter(from: number, to: number, holds: (index: number) => boolean): number {
    let low = from;
    let high = to;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (holds(middle)) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #context(
    { firstStart, lines }: { readonly firstStart: number; readonly lines: number },
    line: number,
    column: number,
  ): readonly string[] | null {
    if (line >= lines) return null;
    const shown: string[] = [];
    for (let at = line - CONTEXT_LINES; at <= line + CONTEXT_LINES; at += 1)
      shown.push(at < 0 || at >= lines ? '' : this.#line(firstStart + at, at === line ? column : 0));
    return shown;
  }

  /** A line without its end; of a long one the part around a column. */
  #line(index: number, column: number): string {
    const start = this.#u32('starts', index);
    const end = this.#u32('starts', index + 1);
    const text = this.#text(start, Math.min(end - start, MAX_LINE_BYTES)).replace(/[\r\n\u2028\u2029]+$/, '');
    if (text.length <= MAX_LINE) return text;
    const from = Math.max(0, Math.min(column - MAX_LINE / 2, text.length - MAX_LINE));
    return text.slice(from, from + MAX_LINE);
  }

  #string(index: number): string {
    if (index >= this.#tables.strings.count - 1) return '';
    const start = this.#u32('strings', index);
    return this.#text(start, Math.min(this.#u32('strings', index + 1) - start, MAX_STRING_BYTES));
  }

  #text(start: number, length: number): string {
    const { at, count } = this.#tables.text;
    if (length <= 0 || start + length > count) return '';
    return Buffer.from(this.#access.read(at + start, length)).toString('utf8');
  }

  #u32(table: Table, index: number): number {
    const { at, count } = this.#tables[table];
    if (index >= count) return 0;
    const bytes = this.#access.read(at + index * 4, 4);
    return bytes.length < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  }

  #entry(table: Table, index: number): readonly [number, number, number, number] {
    const { at, count } = this.#tables[table];
    const bytes = index >= count ? new Uint8Array(0) : this.#access.read(at + index * 16, 16);
    if (bytes.length < 16) return [NONE, 0, 0, 0];
    const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
    return [
      view.getUint32(0, true),
      view.getUint32(4, true),
      view.getUint32(8, true),
      view.getUint32(12, true),
    ];
  }
}
