// Makes the index of a source map (map-index-layout.ts), once, when the map arrives.
import {
  ENTRY_BYTES,
  HEADER_BYTES,
  IGNORED,
  MAGIC,
  MAX_INDEX_BYTES,
  NONE,
  TABLES,
  type Table,
} from './map-index-layout.ts';
import { mappedFunctions } from './function-changes.ts';
import type { ParsedMap } from './parse-map.ts';
import { lineStarts } from './script-lines.ts';

/** What was found, for the list of maps. */
export interface MapFacts {
  readonly segments: number;
  readonly sources: number;
  readonly sourcesWithContent: number;
  /** Null: the script was not there, or could not be parsed. */
  readonly functions: number | null;
}

/** An index as pieces to be written one after the other. */
export interface BuiltMapIndex {
  readonly pieces: readonly Uint8Array[];
  readonly facts: MapFacts;
}

/**
 * `script` null: names of functions come from call sites alone. `extra`: contents of sources that are not in the map.
 * Throws an `Error` whose message says what is wrong.
 */
export function buildMapIndex(
  map: ParsedMap,
  script: string | null,
  extra: (source: string) => string | null = () => null,
): BuiltMapIndex {
  const contents = map.sources.map((source, index) => map.contents[index] ?? extra(source));
  const functions = script === null ? null : mappedFunctions(script, { ...map, contents });
  const text = new TextPool();
  const sources = new Uint32Array(map.sources.length * 4);
  const sourceStarts: Uint32Array[] = [];
  let starts = 0;
  for (const [index, content] of contents.entries()) {
    const lines = content === null ? new Uint32Array(0) : text.lines(content);
    sources.set([0, starts, Math.max(0, lines.length - 1), map.ignored.has(index) ? IGNORED : 0], index * 4);
    sourceStarts.push(lines);
    starts += lines.length;
  }
  const strings = new StringTable();
  for (const [index, source] of map.sources.entries()) sources[index * 4] = strings.of(source);
  const nameOf = map.names.map((name) => strings.of(name));
  const segments = segmentTables(map, nameOf);
  const changes = new Uint32Array((functions?.changes.length ?? 0) * 4);
  const functionNames = (functions?.names ?? []).map((name) => (name === null ? 0 : strings.of(name) + 1));
  for (const [index, change] of (functions?.changes ?? []).entries()) {
    const { line, column, function: number } = change;
    changes.set([line, column, functionNames[number] ?? 0, number === -1 ? 0 : 1], index * 4);
  }
  const pieces = assemble({
    ...segments,
    changes: [bytesOf(changes)],
    sources: [bytesOf(sources)],
    starts: sourceStarts.map(bytesOf),
    strings: [bytesOf(strings.offsets(text))],
    text: text.pieces(),
  });
  return {
    pieces,
    facts: {
      segments: segments.columns.reduce((sum, { length }) => sum + length / 4, 0),
      sources: map.sources.length,
      sourcesWithContent: contents.filter((content) => content !== null).length,
      functions: functions?.names.length ?? null,
    },
  };
}

function segmentTables(
  { lines, sources }: ParsedMap,
  nameOf: readonly number[],
): { readonly lines: Uint8Array[]; readonly columns: Uint8Array[]; readonly places: Uint8Array[] } {
  const count = lines.reduce((sum, line) => sum + line.length, 0);
  const firsts = new Uint32Array(lines.length + 1);
  const columns = new Uint32Array(count);
  const places = new Uint32Array(count * 4);
  let at = 0;
  for (const [number, line] of lines.entries()) {
    firsts[number] = at;
    for (const [column = 0, source, sourceLine = 0, sourceColumn = 0, name] of line) {
      columns[at] = column;
      const isMapped = source !== undefined && source >= 0 && source < sources.length && sourceLine >= 0;
      places[at * 4] = isMapped ? source : NONE;
      places[at * 4 + 1] = sourceLine;
      places[at * 4 + 2] = Math.max(0, sourceColumn);
      places[at * 4 + 3] = name === undefined ? 0 : (nameOf[name] ?? -1) + 1;
      at += 1;
    }
  }
  firsts[lines.length] = at;
  return { lines: [bytesOf(firsts)], columns: [bytesOf(columns)], places: [bytesOf(places)] };
}

/** The bytes of all contents and strings, in the order in which they came. */
class TextPool {
  readonly #pieces: Buffer[] = [];
  #length = 0;

  add(text: string): number {
    const at = this.#length;
    const bytes = Buffer.from(text, 'utf8');
    this.#pieces.push(bytes);
    this.#length += bytes.length;
    return at;
  }

  /** Where the lines of a content begin, in bytes, and its end. */
  lines(content: string): Uint32Array {
    const starts = lineStarts(content);
    const offsets = new Uint32Array(starts.length + 1);
    let at = this.add(content);
    for (const [index, start] of starts.entries()) {
      offsets[index] = at;
      at += Buffer.byteLength(content.slice(start, starts[index + 1]), 'utf8');
    }
    offsets[starts.length] = at;
    return offsets;
  }

  pieces(): readonly Buffer[] {
    return this.#pieces;
  }
}

/** Each string once. */
class StringTable {
  readonly #numbers = new Map<string, number>();

  of(text: string): number {
    let number = this.#numbers.get(text);
    if (number === undefined) this.#numbers.set(text, (number = this.#numbers.size));
    return number;
  }

  /** Writes all of them; where each begins, and the end. */
  offsets(pool: TextPool): Uint32Array {
    const offsets = new Uint32Array(this.#numbers.size + 1);
    for (const [text, number] of this.#numbers) offsets[number] = pool.add(text);
    offsets[this.#numbers.size] = pool.add('');
    return offsets;
  }
}

function assemble(tables: Readonly<Record<Table, readonly Uint8Array[]>>): readonly Uint8Array[] {
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  const pieces: Uint8Array[] = [header];
  let at = HEADER_BYTES;
  for (const [index, table] of TABLES.entries()) {
    const padding = (16 - (at % 16)) % 16;
    if (padding > 0) pieces.push(Buffer.alloc(padding));
    at += padding;
    const bytes = tables[table].reduce((sum, { length }) => sum + length, 0);
    if (at + bytes > MAX_INDEX_BYTES) throw new Error('the source map is too large');
    header.writeUInt32LE(at, MAGIC.length + index * 8);
    header.writeUInt32LE(bytes / ENTRY_BYTES[table], MAGIC.length + index * 8 + 4);
    pieces.push(...tables[table]);
    at += bytes;
  }
  return pieces;
}

/** All machines that run Node are little-endian. */
function bytesOf(table: Uint32Array): Uint8Array {
  return new Uint8Array(table.buffer, table.byteOffset, table.byteLength);
}
