// Crashes by bug, for lists of bugs: first a number for each of all bugs, then the details of the few that a list shows, over the same
// selected rows. Rows are counted by their case, and cases by their bug, so that no row's bug is looked up.
import { FIELDS } from '../fields.ts';
import type { BoundQuery } from '../query/bind-query.ts';
import { numbersOf, weightsOf } from './cells.ts';
import type { Value } from './cells.ts';
import type { Chunk } from './chunk.ts';
import type { Counted } from './counted.ts';
import { sumOf } from './count-values.ts';
import type { Selected } from './count-values.ts';
import { NumberSets, NumberedValues } from './numbered-values.ts';
import { NONE } from './parted-numbers.ts';
import { PairCounts, ValuesWithin, frequentFirst } from './pair-counts.ts';
import type { ShownRows } from './pair-counts.ts';
import { newestFirst, selectRows } from './select-rows.ts';

/** The bug of a case; 0: it has none. */
export type BugOf = (inCase: number) => number;

export interface BugCounts extends Counted {
  /** Crashes by number of the bug; what has no bug counts as 0. */
  readonly counts: Float64Array;
  readonly crashes: number;
  readonly selected: readonly Selected[];
}

/** `out`: whether the time is up; asked between chunks. */
export function countByBug(
  chunks: readonly Chunk[],
  query: BoundQuery,
  bugOf: BugOf,
  out: () => boolean = () => false,
): BugCounts {
  const selected: Selected[] = [];
  let counts = new Float64Array(1024);
  let [crashes, counted, existing] = [0, 0, 0];
  let complete = true;
  const add = (bug: number, some: number): void => {
    if (bug >= counts.length) {
      const larger = new Float64Array(Math.max(bug + 1, counts.length * 2));
      larger.set(counts);
      counts = larger;
    }
    counts[bug] = (counts[bug] ?? 0) + some;
  };
  for (const chunk of newestFirst(chunks)) {
    const living = chunk.rows - chunk.dead.size;
    existing += living;
    if (!complete || out()) {
      complete = false;
      continue;
    }
    counted += living;
    const selection = selectRows(chunk, query);
    if (selection.length === 0) continue;
    const one: Selected = { chunk, selection, weights: weightsOf(chunk) };
    selected.push(one);
    crashes += sumOf(selection, one.weights);
    addCases(one, bugOf, add);
  }
  return { counts, crashes, complete, counted, existing, selected };
}

function addCases(
  { chunk, selection, weights }: Selected,
  bugOf: BugOf,
  add: (bug: number, crashes: number) => void,
): void {
  const cases = caseCodes(chunk);
  if (cases === null) return;
  const { codes, caseOf, last } = cases;
  const byCode = new Float64Array(last + 1);
  if (weights === null) {
    for (const row of selection) {
      const code = codes[row] ?? 0;
      byCode[code] = (byCode[code] ?? 0) + 1;
    }
  } else {
    for (const row of selection) {
      const code = codes[row] ?? 0;
      byCode[code] = (byCode[code] ?? 0) + (weights[row] ?? 1);
    }
  }
  for (let code = 1; code <= last; code += 1) {
    const some = byCode[code] ?? 0;
    if (some > 0) add(bugOf(caseOf(code)), some);
  }
}

interface CaseCodes {
  readonly codes: Uint8Array | Uint16Array | Uint32Array;
  /** Codes are at most this; 0: a row has no case. */
  readonly last: number;
  readonly caseOf: (code: number) => number;
}

/** Cases lie close together in most chunks; where they do not, each gets a code here. */
function caseCodes(chunk: Chunk): CaseCodes | null {
  const column = chunk.column(FIELDS.case.key);
  if (column === null) return null;
  if (column.kind === 'whole' && column.span <= DENSE) {
    const { codes, least, span } = column;
    return { codes, last: span, caseOf: (code) => least + code - 1 };
  }
  const numbers = numbersOf(chunk, FIELDS.case.key) ?? new Float64Array(0);
  const known = new Map<number, number>();
  const cases: number[] = [];
  const codes = Uint32Array.from(numbers, (inCase) => {
    if (Number.isNaN(inCase)) return 0;
    let code = known.get(inCase);
    if (code === undefined) known.set(inCase, (code = cases.push(inCase)));
    return code;
  });
  return { codes, last: cases.length, caseOf: (code) => cases[code - 1] ?? 0 };
}

/** Codes up to here are places of an array. */
const DENSE = 2 ** 20;

export interface BugDetails {
  readonly installations: number;
  readonly users: number;
  /** `[day, crashes]` in order. */
  readonly days: readonly (readonly [day: number, crashes: number])[];
  /** The most frequent first. */
  readonly versions: readonly string[];
  readonly platforms: readonly string[];
}

/** What of each bug is wanted. */
export type Wanted = Readonly<Partial<Record<keyof BugDetails, boolean>>>;

/** Details of some bugs, in their order. */
export function detailsOfBugs(
  { selected }: Pick<BugCounts, 'selected'>,
  bugs: readonly number[],
  wanted: Wanted,
  bugOf: BugOf,
): readonly BugDetails[] {
  const placeOf = new Map(bugs.map((bug, at) => [bug, at]));
  const rows = selected.reduce((sum, { selection }) => sum + selection.length, 0);
  const installations =
    wanted.installations === true ? new Different(FIELDS.installation.key, rows, bugs.length) : null;
  const users = wanted.users === true ? new Different(FIELDS.user.key, rows, bugs.length) : null;
  const days = wanted.days === true ? new PairCounts() : null;
  const versions = wanted.versions === true ? new ValuesWithin(FIELDS.version.key) : null;
  const platforms = wanted.platforms === true ? new ValuesWithin(FIELDS.platform.key) : null;
  for (const { chunk, selection, weights } of selected) {
    const cases = caseCodes(chunk);
    if (cases === null) continue;
    const shown = rowsShown(cases, selection, (inCase) => placeOf.get(bugOf(inCase)) ?? -1);
    if (shown.rows.length === 0) continue;
    installations?.add(chunk, shown);
    users?.add(chunk, shown);
    const of = { ...shown, weights };
    if (days !== null) addDays(chunk, of, bugs.length, days);
    versions?.addRows(chunk, of, bugs.length);
    platforms?.addRows(chunk, of, bugs.length);
  }
  const byDay = days?.byFirst(bugs.length) ?? [];
  const [byVersion, byPlatform] = [names(versions, bugs.length), names(platforms, bugs.length)];
  return bugs.map((_, at) => ({
    installations: installations?.of(at) ?? 0,
    users: users?.of(at) ?? 0,
    days: (byDay[at] ?? []).toSorted(([a], [b]) => a - b),
    versions: byVersion[at] ?? [],
    platforms: byPlatform[at] ?? [],
  }));
}

function addDays(chunk: Chunk, of: ShownRows, bugs: number, days: PairCounts): void {
  const column = chunk.column(FIELDS.happened.key);
  if (column?.kind === 'whole') {
    const { least, span } = column;
    days.addCodes(column.codes, { last: span, secondOf: (code) => least + code - 1 }, of, bugs);
    return;
  }
  const dayOf = numbersOf(chunk, FIELDS.happened.key);
  for (let at = 0; at < of.rows.length; at += 1) {
    const row = of.rows[at] ?? 0;
    const day = dayOf?.[row] ?? NaN;
    if (!Number.isNaN(day))
      days.add(of.places[at] ?? 0, day, of.weights === null ? 1 : (of.weights[row] ?? 1));
  }
}

function names(values: ValuesWithin | null, bugs: number): readonly (readonly string[])[] {
  const text = ([value]: readonly [Value, number]): string => String(value);
  return (values?.byShown(bugs) ?? []).map((some) => frequentFirst(some).map(text));
}

/** Selected rows of bugs that are shown, each with the place of its bug. */
type Shown = Omit<ShownRows, 'weights'>;

function rowsShown(
  { codes, last, caseOf }: CaseCodes,
  selection: Uint16Array,
  placeOf: (inCase: number) => number,
): Shown {
  const byCode = new Int32Array(last + 1).fill(UNKNOWN);
  byCode[0] = -1;
  const rows = new Uint16Array(selection.length);
  const places = new Uint32Array(selection.length);
  let count = 0;
  for (const row of selection) {
    const code = codes[row] ?? 0;
    let place = byCode[code] ?? -1;
    if (place === UNKNOWN) {
      place = placeOf(caseOf(code));
      byCode[code] = place;
    }
    if (place < 0) continue;
    rows[count] = row;
    places[count] = place;
    count += 1;
  }
  return { rows: rows.subarray(0, count), places: places.subarray(0, count) };
}

const UNKNOWN = -2;
/** Fewer bugs than this have a set of bits each; of more, rows are put in order of their bugs and looked at once. */
const FEW = 64;
/** Rows of few bugs are held until they are so many, or all. */
const MOST_HELD = 2 ** 18;

/** How many different values of a key each of some bugs has. */
class Different {
  readonly #values: NumberedValues;
  readonly #sets: NumberSets | null;
  readonly #bugs: number;
  readonly #key: number;
  #rows: { readonly places: Uint32Array; readonly numbers: Uint32Array }[] = [];
  #held = 0;
  #counts: Uint32Array | null = null;

  constructor(key: number, rows: number, bugs: number) {
    this.#key = key;
    this.#values = new NumberedValues(key, rows);
    this.#sets = bugs < FEW ? new NumberSets(bugs) : null;
    this.#bugs = bugs;
  }

  add(chunk: Chunk, { rows, places }: Shown): void {
    if (chunk.column(this.#key) === null) return;
    this.#rows.push({ places, numbers: this.#values.of(chunk, rows) });
    this.#held += rows.length;
    if (this.#sets !== null && this.#held > MOST_HELD) this.#addToSets(this.#sets);
  }

  of(bug: number): number {
    if (this.#sets !== null) {
      this.#addToSets(this.#sets);
      return this.#sets.sizeOf(bug);
    }
    this.#counts ??= differentOf(this.#rows, this.#bugs, this.#values.size);
    return this.#counts[bug] ?? 0;
  }

  /** What is held goes into the sets once it has its numbers. */
  #addToSets(sets: NumberSets): void {
    if (this.#held === 0) return;
    this.#values.settle();
    for (const { places, numbers } of this.#rows) {
      for (let at = 0; at < numbers.length; at += 1) sets.add(places[at] ?? 0, numbers[at] ?? NONE);
    }
    this.#rows = [];
    this.#held = 0;
  }
}

/** Puts numbers in the order of their bugs (a counting sort), and counts in each bug those that it did not have yet. */
function differentOf(
  chunks: readonly { readonly places: Uint32Array; readonly numbers: Uint32Array }[],
  bugs: number,
  values: number,
): Uint32Array {
  const starts = new Uint32Array(bugs + 1);
  for (const { places } of chunks)
    for (const place of places) starts[place + 1] = (starts[place + 1] ?? 0) + 1;
  for (let bug = 0; bug < bugs; bug += 1) starts[bug + 1] = (starts[bug + 1] ?? 0) + (starts[bug] ?? 0);
  const sorted = new Uint32Array(starts[bugs] ?? 0);
  const next = starts.slice();
  for (const { places, numbers } of chunks) {
    for (let at = 0; at < places.length; at += 1) {
      const place = places[at] ?? 0;
      const to = next[place] ?? 0;
      sorted[to] = numbers[at] ?? NONE;
      next[place] = to + 1;
    }
  }
  const counts = new Uint32Array(bugs);
  // A value carries the number of the last bug that had it, from 1.
  const last = new Uint32Array(values);
  for (let bug = 0; bug < bugs; bug += 1) {
    const end = starts[bug + 1] ?? 0;
    let different = 0;
    for (let at = starts[bug] ?? 0; at < end; at += 1) {
      const number = sorted[at] ?? NONE;
      if (number === NONE || last[number] === bug + 1) continue;
      last[number] = bug + 1;
      different += 1;
    }
    counts[bug] = different;
  }
  return counts;
}
