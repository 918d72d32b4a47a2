// The bug of each row, which is no fact: it follows from the row's case, so that merges and splits rewrite nothing.
import { valueAt } from '../columns/column.ts';
import type { Column } from '../columns/column.ts';
import { BUG_KEY, FIELDS } from '../fields.ts';
import { numbersOf } from './cells.ts';
import type { Chunk } from './chunk.ts';

/** A chunk whose rows know their bugs. `bugsOfCases` is asked for by questions about bugs alone; 0: a case has none. */
export function withBugs(chunk: Chunk, bugsOfCases: () => (inCase: number) => number): Chunk {
  let bugs: Column | null | undefined;
  return {
    ...chunk,
    bugAt: (row) => {
      const cases = chunk.column(FIELDS.case.key);
      const inCase = cases === null ? undefined : valueAt(cases, row);
      const bug = inCase === undefined ? 0 : bugsOfCases()(Number(inCase));
      return bug === 0 ? null : bug;
    },
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
