// The first rows of what is selected, in an order: rows without a value come last, equal ones newest first.
import { compareVersions } from '../../report/version-order.ts';
import type { CompareVersions } from '../../report/version-schemes.ts';
import { valueAt } from '../columns/column.ts';
import type { Column } from '../columns/column.ts';
import { BUG_KEY, FIELDS, fieldOfKey } from '../fields.ts';
import { compareValues, firstCode, isNumeric } from './cells.ts';
import type { Value } from './cells.ts';
import type { Chunk } from './chunk.ts';
import type { Selected } from './count-values.ts';
import type { ListQuestion, ListedRow, Place } from './question.ts';

interface Candidate extends Place {
  readonly chunk: Chunk;
  readonly row: number;
}

/** A value as it was sent: a segment may keep text as numbers. */
function listed(value: ReturnType<typeof valueAt>, key: number): ReturnType<typeof valueAt> {
  return typeof value === 'number' && !isNumeric(key) ? String(value) : value;
}

/** The number of a row; 0: it has none. */
function numberAt(column: Column | null, row: number): number {
  return column === null ? 0 : Number(valueAt(column, row) ?? 0);
}

/** The first rows of chunks that are looked at one after the other, while their columns are at hand. */
export class FirstRows {
  readonly #question: ListQuestion;
  readonly #compare: (a: Place, b: Place) => number;
  readonly #before: (a: Value, b: Value) => number;
  #best: Candidate[] = [];
  #worst: Candidate | null = null;

  constructor(question: ListQuestion) {
    this.#question = question;
    const { descending, key, order: ofVersions = compareVersions } = question.sort;
    const order =
      fieldOfKey(key)?.kind === 'version'
        ? (a: Value, b: Value) => compareReleases(a, b, ofVersions)
        : compareValues;
    this.#before = descending ? (a, b) => order(b, a) : order;
    this.#compare = (a, b) =>
      this.#byValue(a.value, b.value) || b.report - a.report || a.position - b.position;
  }

  /** The rows from a place on, and the place of the last one; null: there are no more. */
  answer(): { readonly rows: readonly ListedRow[]; readonly next: Place | null } {
    const { columns, limit } = this.#question;
    const sorted = this.#best.toSorted(this.#compare);
    const shown = sorted.slice(0, limit);
    const last = shown.at(-1);
    return {
      rows: shown.map(({ chunk, row, report, position }) => ({
        report,
        position,
        values: columns.map((key) => {
          if (key === BUG_KEY && chunk.bugAt !== undefined) return chunk.bugAt(row);
          const column = chunk.column(key);
          return column === null ? null : (listed(valueAt(column, row), key) ?? null);
        }),
      })),
      next:
        sorted.length > limit && last !== undefined
          ? { value: last.value, report: last.report, position: last.position }
          : null,
    };
  }

  look({ chunk, selection }: Selected): void {
    if (this.#isBehind(chunk)) return;
    const { sort, limit, after } = this.#question;
    const valueOf = valuesOf(chunk.column(sort.key), sort.key, (value) => this.#mayStand(value));
    const [reports, positions] = [chunk.column(FIELDS.report.key), chunk.column(FIELDS.position.key)];
    for (const row of selection) {
      const value = valueOf(row);
      if (value === undefined) continue;
      if (this.#worst !== null && this.#byValue(value, this.#worst.value) > 0) continue;
      const candidate = {
        value,
        report: numberAt(reports, row),
        position: numberAt(positions, row),
        chunk,
        row,
      };
      if (after !== null && this.#compare(candidate, after) <= 0) continue;
      if (this.#worst !== null && this.#compare(candidate, this.#worst) >= 0) continue;
      this.#best.push(candidate);
      // Sorted now and then, not for each row: what is kept is at most twice what is wanted.
      if (this.#best.length > 2 * limit + 1) {
        this.#best = this.#best.toSorted(this.#compare).slice(0, limit + 1);
        this.#worst = this.#best.at(-1) ?? null;
      }
    }
  }

  /** Whether every row of the chunk arrived before the last that is wanted. */
  #isBehind({ received }: Chunk): boolean {
    const { key, descending } = this.#question.sort;
    if (key !== FIELDS.received.key || !descending || received === undefined) return false;
    if (this.#best.length > this.#question.limit && this.#worst === null) {
      this.#best = this.#best.toSorted(this.#compare).slice(0, this.#question.limit + 1);
      this.#worst = this.#best.at(-1) ?? null;
    }
    const worst = this.#worst?.value ?? null;
    return typeof worst === 'number' && received.greatest < worst;
  }

  /** Whether a value can be among the first, as far as is known; it is asked for each word once. */
  #mayStand(value: Value): boolean {
    return this.#worst === null || this.#byValue(value, this.#worst.value) <= 0;
  }

  #byValue(a: Value | null, b: Value | null): number {
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
    return this.#before(a, b);
  }
}

function compareReleases(a: Value, b: Value, order: CompareVersions): number {
  return order(String(a), String(b)) || compareValues(String(a), String(b));
}

/** The value of a row in the order; null: it has none; undefined: its value cannot be among the first. */
function valuesOf(
  column: Column | null,
  key: number,
  mayStand: (value: Value) => boolean,
): (row: number) => Value | null | undefined {
  if (column === null) return () => null;
  if (column.kind === 'number') {
    const { numbers } = column;
    const numeric = isNumeric(key);
    return (row) => {
      const number = numbers[row] ?? NaN;
      if (Number.isNaN(number)) return null;
      return numeric ? number : String(number);
    };
  }
  if (column.kind === 'whole') {
    const { codes, least } = column;
    const numeric = isNumeric(key);
    return (row) => {
      const code = codes[row] ?? 0;
      if (code === 0) return null;
      return numeric ? least + code - 1 : String(least + code - 1);
    };
  }
  const numeric = isNumeric(key);
  const values: (Value | null | undefined)[] = [null];
  for (const word of column.words) {
    const value = numeric ? Number(word) : word;
    values.push(mayStand(value) ? value : undefined);
  }
  return (row) => values[firstCode(column, row)];
}
