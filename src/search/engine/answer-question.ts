// Answers a question over chunks, newest first. When the time is up what was looked at is answered, and the answer says so.
import { FIELDS } from '../fields.ts';
import { numbersOf, weightsOf, wordsOf } from './cells.ts';
import type { Chunk } from './chunk.ts';
import type { Selected } from './count-values.ts';
import { countValues } from './count-values.ts';
import { listRows } from './list-rows.ts';
import type { Answer, NumberSummary, Question } from './question.ts';
import { selectRows } from './select-rows.ts';

const HOUR_MS = 3_600_000;

/** `out`: whether the time is up; asked between chunks. */
export function answerQuestion(
  chunks: readonly Chunk[],
  question: Question,
  out: () => boolean = () => false,
): Answer {
  const selected: Selected[] = [];
  let counted = 0;
  let existing = 0;
  let complete = true;
  for (const chunk of chunks) {
    const living = chunk.rows - chunk.dead.size;
    existing += living;
    if (!complete || out()) {
      complete = false;
      continue;
    }
    counted += living;
    const selection = selectRows(chunk, question.query);
    if (selection.includes(1)) selected.push({ chunk, selection });
  }
  return {
    ...totals(selected),
    complete,
    counted,
    existing,
    facets: question.facets.map((facet) => countValues(selected, facet)),
    histogram: question.histogram === null ? [] : histogram(selected, question.histogram),
    distinct: question.distinct.map((key) => countDistinct(selected, key)),
    numbers: question.numbers.map((key) => summary(selected, key)),
    list: question.list === null ? { rows: [], next: null } : listRows(selected, question.list),
  };
}

function eachRow(selected: readonly Selected[], use: (chunk: Chunk) => (row: number) => void): void {
  for (const { chunk, selection } of selected) {
    const useRow = use(chunk);
    for (let row = 0; row < selection.length; row += 1) if (selection[row] === 1) useRow(row);
  }
}

function totals(selected: readonly Selected[]): { readonly crashes: number; readonly rows: number } {
  let crashes = 0;
  let rows = 0;
  eachRow(selected, (chunk) => {
    const weightOf = weightsOf(chunk);
    return (row) => {
      crashes += weightOf(row);
      rows += 1;
    };
  });
  return { crashes, rows };
}

function histogram(
  selected: readonly Selected[],
  by: 'day' | 'hour',
): readonly (readonly [number, number])[] {
  const counts = new Map<number, number>();
  eachRow(selected, (chunk) => {
    const weightOf = weightsOf(chunk);
    const timeOf = numbersOf(chunk, by === 'day' ? FIELDS.happened.key : FIELDS.received.key);
    return (row) => {
      const time = by === 'day' ? timeOf(row) : Math.floor(timeOf(row) / HOUR_MS);
      if (!Number.isNaN(time)) counts.set(time, (counts.get(time) ?? 0) + weightOf(row));
    };
  });
  return [...counts].toSorted(([a], [b]) => a - b);
}

function countDistinct(selected: readonly Selected[], key: number): number {
  const values = new Set<string>();
  eachRow(selected, (chunk) => {
    const wordOf = wordsOf(chunk, key);
    return (row) => {
      const word = wordOf(row);
      if (word !== undefined) values.add(word);
    };
  });
  return values.size;
}

function summary(selected: readonly Selected[], key: number): NumberSummary | null {
  const found: number[] = [];
  eachRow(selected, (chunk) => {
    const numberOf = numbersOf(chunk, key);
    return (row) => {
      const number = numberOf(row);
      if (!Number.isNaN(number)) found.push(number);
    };
  });
  const sorted = Float64Array.from(found).sort();
  if (sorted.length === 0) return null;
  // The nearest rank: a value that was really seen.
  const at = (share: number): number =>
    sorted[Math.max(Math.ceil((share / 100) * sorted.length) - 1, 0)] ?? NaN;
  return {
    count: sorted.length,
    least: at(0),
    greatest: at(100),
    mean: sorted.reduce((sum, number) => sum + number, 0) / sorted.length,
    percentiles: { p5: at(5), p25: at(25), p50: at(50), p75: at(75), p95: at(95) },
  };
}
