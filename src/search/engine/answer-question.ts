// Answers a question over chunks, newest first. When the time is up what was looked at is answered, and the answer says so.
import { FIELDS } from '../fields.ts';
import { numbersOf, weightsOf } from './cells.ts';
import type { Chunk } from './chunk.ts';
import type { Selected } from './count-values.ts';
import { ValueCounts, facetOf, sumOf } from './count-values.ts';
import type { Numbering } from './count-values.ts';
import { FirstRows } from './list-rows.ts';
import { NumberedValues } from './numbered-values.ts';
import type { Answer, NumberSummary, Question } from './question.ts';
import { newestFirst, selectRows } from './select-rows.ts';

const HOUR_MS = 3_600_000;
const ROOM = 2 ** 17;
/** Days that are counted as places of an array. */
const MANY_DAYS = 2 ** 16;

/** `out`: whether the time is up; asked between chunks. */
export function answerQuestion(
  chunks: readonly Chunk[],
  question: Question,
  out: () => boolean = () => false,
): Answer {
  const selected: Selected[] = [];
  const counts = question.facets.map(({ key }) => new ValueCounts(key));
  const times = new Map<number, number>();
  // Nobody knows yet how many rows are selected: room for some, which grows.
  const most = Math.min(
    chunks.reduce((sum, chunk) => sum + chunk.rows, 0),
    ROOM,
  );
  const numbering = numberingOf(selected, most);
  const numbered = new Set([
    ...question.distinct,
    ...question.facets.flatMap(({ distinct }) => (distinct === null ? [] : [distinct])),
  ]);
  const list = question.list === null ? null : new FirstRows(question.list);
  let [crashes, rows, counted, existing] = [0, 0, 0, 0];
  let complete = true;
  // All columns of a chunk are used while it is at hand: of many chunks not all columns stay in memory.
  for (const chunk of newestFirst(chunks)) {
    const living = chunk.rows - chunk.dead.size;
    existing += living;
    if (!complete || out()) {
      complete = false;
      continue;
    }
    counted += living;
    const selection = selectRows(chunk, question.query);
    if (selection.length === 0) continue;
    const one: Selected = { chunk, selection, weights: weightsOf(chunk) };
    selected.push(one);
    rows += selection.length;
    crashes += sumOf(selection, one.weights);
    for (const each of counts) each.add(one);
    for (const key of numbered) numbering(key).of(selected.length - 1);
    list?.look(one);
    if (question.histogram !== null) addTimes(one, question.histogram, times);
  }
  return {
    crashes,
    rows,
    complete,
    counted,
    existing,
    facets: question.facets.map((facet, at) =>
      facetOf(counts[at] ?? new ValueCounts(facet.key), selected, facet, numbering),
    ),
    histogram: [...times].toSorted(([a], [b]) => a - b),
    distinct: question.distinct.map((key) => numbering(key).values.size),
    numbers: question.numbers.map((key) => summary(selected, key, rows)),
    list: list === null ? { rows: [], next: null } : list.answer(),
  };
}

/** Numbers values when they are asked for, and keeps the numbers for the time of one answer. */
function numberingOf(selected: readonly Selected[], rows: number): Numbering {
  const kept = new Map<number, { readonly values: NumberedValues; readonly found: Uint32Array[] }>();
  return (key) => {
    let held = kept.get(key);
    if (held === undefined) kept.set(key, (held = { values: new NumberedValues(key, rows), found: [] }));
    const { values, found } = held;
    return {
      values,
      of: (at) => {
        const one = selected[at];
        if (one === undefined) return new Uint32Array(0);
        return (found[at] ??= values.of(one.chunk, one.selection));
      },
    };
  };
}

function addTimes(
  { chunk, selection, weights }: Selected,
  by: 'day' | 'hour',
  counts: Map<number, number>,
): void {
  const column = chunk.column(by === 'day' ? FIELDS.happened.key : FIELDS.received.key);
  if (by === 'day' && column?.kind === 'whole' && column.span <= MANY_DAYS) {
    const { codes, least, span } = column;
    const byCode = new Float64Array(span + 1);
    for (const row of selection) {
      const code = codes[row] ?? 0;
      byCode[code] = (byCode[code] ?? 0) + (weights === null ? 1 : (weights[row] ?? 1));
    }
    for (let code = 1; code <= span; code += 1) {
      const sum = byCode[code] ?? 0;
      if (sum > 0) counts.set(least + code - 1, (counts.get(least + code - 1) ?? 0) + sum);
    }
    return;
  }
  const times = numbersOf(chunk, by === 'day' ? FIELDS.happened.key : FIELDS.received.key);
  if (times === null) return;
  // Rows beside each other are mostly of one time.
  let [current, sum] = [NaN, 0];
  const put = (): void => {
    if (!Number.isNaN(current)) counts.set(current, (counts.get(current) ?? 0) + sum);
  };
  for (const row of selection) {
    const found = times[row] ?? NaN;
    const time = by === 'day' ? found : Math.floor(found / HOUR_MS);
    if (time !== current) {
      put();
      [current, sum] = [time, 0];
    }
    sum += weights === null ? 1 : (weights[row] ?? 1);
  }
  put();
}

function summary(selected: readonly Selected[], key: number, rows: number): NumberSummary | null {
  const found = new Float64Array(rows);
  let count = 0;
  let sum = 0;
  for (const { chunk, selection } of selected) {
    const numbers = numbersOf(chunk, key);
    if (numbers === null) continue;
    for (const row of selection) {
      const number = numbers[row] ?? NaN;
      if (Number.isNaN(number)) continue;
      found[count] = number;
      sum += number;
      count += 1;
    }
  }
  if (count === 0) return null;
  const sorted = found.subarray(0, count).sort();
  // The nearest rank: a value that was really seen.
  const at = (share: number): number => sorted[Math.max(Math.ceil((share / 100) * count) - 1, 0)] ?? NaN;
  return {
    count,
    least: at(0),
    greatest: at(100),
    mean: sum / count,
    percentiles: { p5: at(5), p25: at(25), p50: at(50), p75: at(75), p95: at(95) },
  };
}
