// Where, along the lines of a script, the innermost function changes, and what each function was called before it was minified.
import type { ParsedMap, Segment } from './parse-map.ts';
import { enclosingFunctions, type ScriptFunction } from './enclosing-functions.ts';
import { lastNotAfter, lineStarts } from './script-lines.ts';

/** From here on `function` is the innermost one; -1: none is. */
export interface FunctionChange {
  readonly line: number;
  readonly column: number;
  readonly function: number;
}

export interface MappedFunctions {
  readonly changes: readonly FunctionChange[];
  /** By number; null: it has no name of its own. */
  readonly names: readonly (string | null)[];
}

/** Words that may stand where an identifier is mapped to, in front of it. */
const BEFORE_NAME = new Set([
  'async',
  'class',
  'const',
  'default',
  'export',
  'function',
  'get',
  'let',
  'set',
  'static',
  'var',
]);
const WORD = /[\s*]*(#?[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*)/uy;
const MAX_WORDS = 5;

/** Null where the script cannot be parsed. */
export function mappedFunctions(script: string, map: ParsedMap): MappedFunctions | null {
  const functions = enclosingFunctions(script);
  if (functions === null) return null;
  const starts = lineStarts(script);
  const originals = new OriginalWords(map);
  const names = functions.map((one) => originalName(one, starts, map, originals));
  return { changes: changesOf(functions, starts), names };
}

/** Functions nest, so that the innermost one is that which began last and has not ended. */
function changesOf(functions: readonly ScriptFunction[], starts: Uint32Array): readonly FunctionChange[] {
  const changes: FunctionChange[] = [];
  const open: number[] = [];
  const changeAt = (offset: number, function_: number): void => {
    const { line, column } = placeOf(offset, starts);
    const last = changes.at(-1);
    // What ends where another begins is told once.
    if (last?.line === line && last.column === column) changes.pop();
    changes.push({ line, column, function: function_ });
  };
  const closeUntil = (offset: number): void => {
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const end = functions[top]?.end ?? 0;
      if (end > offset) return;
      open.pop();
      changeAt(end, open.at(-1) ?? -1);
    }
  };
  for (const [number, { start }] of functions.entries()) {
    closeUntil(start);
    open.push(number);
    changeAt(start, number);
  }
  closeUntil(Number.POSITIVE_INFINITY);
  return changes;
}

function originalName(
  { name, nameAt, isConstructor }: ScriptFunction,
  starts: Uint32Array,
  map: ParsedMap,
  originals: OriginalWords,
): string | null {
  if (name === null) return null;
  const { line, column } = placeOf(nameAt, starts);
  const segment = segmentAt(map.lines[line] ?? [], column);
  const mapped =
    segment === null
      ? null
      : ((segment[4] === undefined ? null : map.names[segment[4]]) ?? originals.at(segment));
  // Without either the script's own word is all that is known: methods keep their names in most builds.
  const called = mapped ?? name;
  return isConstructor ? `new ${called}` : called;
}

/** The segment that begins exactly there: any other belongs to a token before. */
function segmentAt(line: readonly Segment[], column: number): Segment | null {
  let low = 0;
  let high = line.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((line[middle]?.[0] ?? 0) < column) low = middle + 1;
    else high = middle;
  }
  const found = line[low];
  return found !== undefined && found[0] === column && found.length >= 4 ? found : null;
}

/** Identifiers in the contents of the sources. */
class OriginalWords {
  readonly #map: ParsedMap;
  readonly #starts = new Map<number, Uint32Array>();

  constructor(map: ParsedMap) {
    this.#map = map;
  }

  /** The identifier at the place that a segment leads to; null: there is none, or the source is not in the map. */
  at(segment: Segment): string | null {
    const [, source = -1, line = 0, column = 0] = segment;
    const content = this.#map.contents[source] ?? null;
    if (content === null) return null;
    let starts = this.#starts.get(source);
    if (starts === undefined) this.#starts.set(source, (starts = lineStarts(content)));
    const start = starts[line];
    if (start === undefined) return null;
    WORD.lastIndex = start + column;
    for (let words = 0; words < MAX_WORDS; words += 1) {
      const word = WORD.exec(content)?.[1];
      if (word === undefined) return null;
      if (!BEFORE_NAME.has(word)) return word;
    }
    return null;
  }
}

function placeOf(offset: number, starts: Uint32Array): { readonly line: number; readonly column: number } {
  const line = Math.max(0, lastNotAfter(starts, offset));
  return { line, column: offset - (starts[line] ?? 0) };
}
