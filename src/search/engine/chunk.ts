// Rows that are searched together: a segment, or a piece of what is not sealed yet. Newer chunks come first.
import type { Column } from '../columns/column.ts';
import { codesFor } from '../columns/column.ts';
import { BUG_KEY, FIELDS } from '../fields.ts';
import { numbersOf } from './cells.ts';

/** From the least to the greatest number that rows have for a key. */
export interface Range {
  readonly least: number;
  readonly greatest: number;
}

export interface Chunk {
  readonly rows: number;
  /** The values of a key; null where no row has one. */
  readonly column: (key: number) => Column | null;
  /** Rows that were taken back, by number in the chunk; they count nowhere. */
  readonly dead: ReadonlySet<number>;
  /** When its reports arrived, all of its rows having a time; absent where that is not known. */
  readonly received?: Range;
}

/** A chunk as one reader sees it: other keys do not exist. */
export function seenChunk(chunk: Chunk, sees: (key: number) => boolean): Chunk {
  return { ...chunk, column: (key) => (sees(key) ? chunk.column(key) : null) };
}

/** A chunk whose rows know their bugs. `bugOfCase` is asked for by questions about bugs alone. */
export function withBugs(chunk: Chunk, bugOfCase: () => ReadonlyMap<number, number>): Chunk {
  let bugs: Column | null | undefined;
  return {
    ...chunk,
    column: (key) => {
      if (key !== BUG_KEY) return chunk.column(key);
      if (bugs === undefined) bugs = bugColumn(chunk, bugOfCase());
      return bugs;
    },
  };
}

function bugColumn(chunk: Chunk, bugOfCase: ReadonlyMap<number, number>): Column | null {
  const cases = numbersOf(chunk, FIELDS.case.key);
  if (cases === null) return null;
  // Cases repeat: each is looked up once.
  const known = new Map<number, number>();
  let span = 0;
  for (const each of cases) {
    if (Number.isNaN(each) || known.has(each)) continue;
    const bug = bugOfCase.get(each) ?? 0;
    known.set(each, bug);
    if (bug > span) span = bug;
  }
  const codes = codesFor(span, chunk.rows);
  for (let row = 0; row < chunk.rows; row += 1) codes[row] = known.get(cases[row] ?? NaN) ?? 0;
  return { kind: 'whole', least: 1, span, codes };
}
