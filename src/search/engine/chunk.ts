// Rows that are searched together: a segment, or a piece of what is not sealed yet. Newer chunks come first.
import type { Column } from '../columns/column.ts';
import { valueAt } from '../columns/column.ts';
import { BUG_KEY, FIELDS } from '../fields.ts';

export interface Chunk {
  readonly rows: number;
  /** The values of a key; null where no row has one. */
  readonly column: (key: number) => Column | null;
  /** Rows that were taken back, by number in the chunk; they count nowhere. */
  readonly dead: ReadonlySet<number>;
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
  const cases = chunk.column(FIELDS.case.key);
  if (cases === null) return null;
  const numbers = new Float64Array(chunk.rows);
  for (let row = 0; row < chunk.rows; row += 1) {
    numbers[row] = bugOfCase.get(Number(valueAt(cases, row) ?? NaN)) ?? NaN;
  }
  return { kind: 'number', numbers };
}
