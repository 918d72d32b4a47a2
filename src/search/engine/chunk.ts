// Rows that are searched together: a segment, or a piece of what is not sealed yet. Newer chunks come first.
import type { Column } from '../columns/column.ts';
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

/** A chunk whose rows know their bugs. `bugsOfCases` is asked for by questions about bugs alone; 0: a case has none. */
export function withBugs(chunk: Chunk, bugsOfCases: () => (inCase: number) => number): Chunk {
  let bugs: Column | null | undefined;
  return {
    ...chunk,
    column: (key) => {
      if (key !== BUG_KEY) return chunk.column(key);
      if (bugs === undefined) bugs = bugColumn(chunk, bugsOfCases());
      return bugs;
    },
  };
}

function bugColumn(chunk: Chunk, bugOf: (inCase: number) => number): Column | null {
  const cases = chunk.column(FIELDS.case.key);
  if (cases === null) return null;
  const numbers = numbersOf(chunk, FIELDS.case.key) ?? new Float64Array(0);
  const bugs = new Uint32Array(chunk.rows);
  let span = 0;
  for (let row = 0; row < bugs.length; row += 1) {
    const inCase = numbers[row] ?? NaN;
    const bug = Number.isNaN(inCase) ? 0 : bugOf(inCase);
    bugs[row] = bug;
    if (bug > span) span = bug;
  }
  return { kind: 'whole', least: 1, span, codes: bugs };
}
