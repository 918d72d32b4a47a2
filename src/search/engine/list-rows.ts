// The first rows of what is selected, in an order: rows without a value come last, equal ones newest first.
import { valueAt } from '../columns/column.ts';
import { FIELDS } from '../fields.ts';
import { numbersOf } from './cells.ts';
import type { Chunk } from './chunk.ts';
import type { Selected } from './count-values.ts';
import { compareValues } from './count-values.ts';
import type { ListQuestion, ListedRow, Place } from './question.ts';

interface Candidate extends Place {
  readonly chunk: Chunk;
  readonly row: number;
}

/** The rows from a place on, and the place of the last one; null: there are no more. */
export function listRows(
  selected: readonly Selected[],
  { columns, sort, limit, after }: ListQuestion,
): { readonly rows: readonly ListedRow[]; readonly next: Place | null } {
  const compare = comparing(sort.descending);
  let best: Candidate[] = [];
  let worst: Candidate | null = null;
  for (const { chunk, selection } of selected) {
    const column = chunk.column(sort.key);
    const reportOf = numbersOf(chunk, FIELDS.report.key);
    const positionOf = numbersOf(chunk, FIELDS.position.key);
    for (let row = 0; row < selection.length; row += 1) {
      if (selection[row] === 0) continue;
      const value = column === null ? undefined : sortable(valueAt(column, row));
      const candidate = {
        value: value ?? null,
        report: reportOf(row),
        position: positionOf(row),
        chunk,
        row,
      };
      if (after !== null && compare(candidate, after) <= 0) continue;
      if (worst !== null && compare(candidate, worst) >= 0) continue;
      best.push(candidate);
      // Sorted now and then, not for each row: what is kept is at most twice what is wanted.
      if (best.length > 2 * limit + 1) {
        best = best.toSorted(compare).slice(0, limit + 1);
        worst = best.at(-1) ?? null;
      }
    }
  }
  const sorted = best.toSorted(compare);
  const shown = sorted.slice(0, limit);
  const last = shown.at(-1);
  return {
    rows: shown.map(({ chunk, row, report, position }) => ({
      report,
      position,
      values: columns.map((key) => {
        const column = chunk.column(key);
        return column === null ? null : (valueAt(column, row) ?? null);
      }),
    })),
    next:
      sorted.length > limit && last !== undefined
        ? { value: last.value, report: last.report, position: last.position }
        : null,
  };
}

function sortable(value: ReturnType<typeof valueAt>): string | number | undefined {
  return typeof value === 'object' ? value[0] : value;
}

function comparing(descending: boolean): (a: Place, b: Place) => number {
  const sign = descending ? -1 : 1;
  return (a, b) => {
    if (a.value === null || b.value === null) {
      if (a.value !== b.value) return a.value === null ? 1 : -1;
    } else {
      const byValue = compareValues(a.value, b.value);
      if (byValue !== 0) return sign * byValue;
    }
    return b.report - a.report || a.position - b.position;
  };
}
