// Which values a bug's installations have more often than the others of its product that crashed.
//
// An installation that has the bug belongs to the bug; the others are compared with it. Values of at least a tenth of the bug's
// installations, and of five, are tested (Fisher, G), and of what differs by ten points or by a factor of two those count that remain at a
// false discovery rate of 1 %. Then each is looked at again among the installations with the strongest one alone: a difference that is
// gone there only follows from it ("only because Windows 11"), as Mozilla's correlations have it.
import { BUG_KEY, FIELDS, OTHER_KEY } from '../fields.ts';
import type { BoundQuery } from '../query/bind-query.ts';
import { associationP, liftOf } from '../statistics/association.ts';
import type { FourFold } from '../statistics/association.ts';
import { significant } from '../statistics/false-discovery.ts';
import { numbersOf } from './cells.ts';
import type { Chunk } from './chunk.ts';
import { newestFirst, selectRows } from './select-rows.ts';
import type { Selection } from './select-rows.ts';
import { Units } from './units.ts';

const LEAST = 5;
const LEAST_SHARE = 0.1;
const LEAST_POINTS = 0.1;
const LEAST_LIFT = 2;
const RATE = 0.01;
const MAX_FOUND = 50;
/** Values of one key that are tested: those of a tenth of the installations are few, lists of words can have more. */
const MAX_OF_KEY = 64;

/** Fields that say which crash it is, or what the bug is made of: that they go with the bug says nothing. */
const SAYS_NOTHING: ReadonlySet<number> = new Set([
  ...(
    [
      'report',
      'position',
      'crash_id',
      'count',
      'happened',
      'case',
      'received',
      'installation',
      'user',
    ] as const
  ).map((name) => FIELDS[name].key),
  ...(['kind', 'language', 'signature', 'reason', 'message', 'severity', 'role'] as const).map(
    (name) => FIELDS[name].key,
  ),
  ...(['frame', 'module', 'file', 'seq', 'uptime'] as const).map((name) => FIELDS[name].key),
  OTHER_KEY,
  BUG_KEY,
]);

/** Whether values of a key can be found to go with a bug. */
export function canCorrelate(key: number): boolean {
  return !SAYS_NOTHING.has(key);
}

export interface Correlation extends FourFold {
  readonly key: number;
  readonly value: string;
  /** How many times as frequent; null: no other installation has it. */
  readonly lift: number | null;
  readonly p: number;
  /**
   * `strongest`: the one that all others are looked at within. `own`: it differs there, too. `follows`: it does not. `unknown`: too few
   * installations have both, so that nobody can tell.
   */
  readonly beside: 'strongest' | 'own' | 'follows' | 'unknown';
}

export interface Correlations {
  /** What is counted: `reports` where fewer than half of the bug's crashes name an installation. */
  readonly unit: 'installations' | 'reports';
  /** Installations (or reports) with the bug, and the others that crashed. */
  readonly affected: number;
  readonly others: number;
  /** How many values were tested. */
  readonly tested: number;
  /** The strongest first. */
  readonly values: readonly Correlation[];
  /** False: the time was up before all keys were looked at. */
  readonly complete: boolean;
  /** The newest `counted` of the product's `existing` crashes were compared: as many as are enough. */
  readonly counted: number;
  readonly existing: number;
}

/**
 * So many selected crashes, and so many of the bug, are enough: shares of 50,000 installations are within half a percent of those of ten times as
 * many, and older crashes tell less of what goes with a bug today. Of a rarer bug all crashes are looked for.
 */
export interface Enough {
  readonly rows: number;
  readonly ofBug: number;
}

const ENOUGH: Enough = { rows: 150_000, ofBug: 2000 };

interface Told {
  readonly chunk: Chunk;
  readonly units: Int32Array;
  readonly inBug: Uint8Array;
}

interface Part {
  readonly chunk: Chunk;
  /** Rows of the bug that name who has them. */
  readonly bugRows: Int32Array;
  /** Rows that count, and who has them: of an installation with the bug the crashes of the bug, of the others all. */
  readonly rows: Int32Array;
  readonly rowUnits: Int32Array;
}

/** `keys`: those that the reader sees. `out`: whether the time is up; asked between chunks and keys. */
export function correlate(
  chunks: readonly Chunk[],
  asked: {
    readonly bugId: number;
    readonly query: BoundQuery;
    readonly keys: readonly number[];
    readonly enough?: Enough;
  },
  out: () => boolean = () => false,
): Correlations {
  const selected: { chunk: Chunk; selection: Selection; inBug: Uint8Array }[] = [];
  let complete = true;
  let ofBug = 0;
  let named = 0;
  let [rows, counted] = [0, 0];
  const { enough = ENOUGH } = asked;
  for (const chunk of newestFirst(chunks)) {
    if (rows >= enough.rows && ofBug >= enough.ofBug) break;
    if (out()) {
      complete = false;
      break;
    }
    counted += chunk.rows - chunk.dead.size;
    const selection = selectRows(chunk, asked.query);
    const bugs = numbersOf(chunk, BUG_KEY);
    const installations = numbersOf(chunk, FIELDS.installation.key);
    const inBug = new Uint8Array(chunk.rows);
    for (const row of selection) {
      if (bugs?.[row] !== asked.bugId) continue;
      inBug[row] = 1;
      ofBug += 1;
      if (!Number.isNaN(installations?.[row] ?? NaN)) named += 1;
    }
    rows += selection.length;
    selected.push({ chunk, selection, inBug });
  }
  const unit = named * 2 >= ofBug ? 'installations' : 'reports';
  const units = new Units(unit === 'installations' ? FIELDS.installation.key : FIELDS.report.key);
  const told = selected.map(({ chunk, selection, inBug }): Told => ({
    chunk,
    inBug,
    units: units.of(chunk, selection),
  }));
  const groups = groupsOf(told, units.size);
  const existing = chunks.reduce((sum, chunk) => sum + chunk.rows - chunk.dead.size, 0);
  const about = { unit, affected: groups.affected, others: groups.others, counted, existing } as const;
  if (groups.affected < LEAST || groups.others === 0) {
    return { ...about, tested: 0, values: [], complete };
  }
  const parts = told.map((each) => partOf(each, groups));
  const candidates: Candidate[] = [];
  for (const key of asked.keys) {
    if (!canCorrelate(key)) continue;
    if (out()) {
      complete = false;
      break;
    }
    candidates.push(...candidatesOf(parts, key, groups));
  }
  return { ...about, tested: candidates.length, values: strongestFirst(candidates, groups), complete };
}

interface Groups {
  /** 1: the installation has the bug. */
  readonly hasBug: Uint8Array;
  readonly affected: number;
  readonly others: number;
}

function groupsOf(parts: readonly Told[], size: number): Groups {
  const hasBug = new Uint8Array(size);
  const seen = new Uint8Array(size);
  for (const { units, inBug } of parts) {
    for (let row = 0; row < units.length; row += 1) {
      const unit = units[row] ?? -1;
      if (unit < 0) continue;
      seen[unit] = 1;
      if (inBug[row] === 1) hasBug[unit] = 1;
    }
  }
  const affected = count(hasBug);
  return { hasBug, affected, others: count(seen) - affected };
}

/** The rows that are looked at for each key, found once. */
function partOf({ chunk, units, inBug }: Told, { hasBug }: Groups): Part {
  const bugRows: number[] = [];
  const rows: number[] = [];
  const rowUnits: number[] = [];
  for (let row = 0; row < units.length; row += 1) {
    const unit = units[row] ?? -1;
    if (unit < 0) continue;
    if (inBug[row] === 1) bugRows.push(row);
    else if (hasBug[unit] === 1) continue;
    rows.push(row);
    rowUnits.push(unit);
  }
  return {
    chunk,
    bugRows: Int32Array.from(bugRows),
    rows: Int32Array.from(rows),
    rowUnits: Int32Array.from(rowUnits),
  };
}

function count(flags: Uint8Array): number {
  let sum = 0;
  for (const flag of flags) sum += flag;
  return sum;
}

/** A value that enough of the bug's installations have, with who has it. */
interface Candidate {
  readonly key: number;
  readonly value: string;
  readonly has: Uint8Array;
  readonly table: FourFold;
}

function candidatesOf(parts: readonly Part[], key: number, groups: Groups): readonly Candidate[] {
  const least = Math.max(LEAST, Math.ceil(groups.affected * LEAST_SHARE));
  // Rows first: a value of fewer rows than that cannot have as many installations.
  const frequent = [...rowCounts(parts, key)]
    .filter(([, rows]) => rows >= least)
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, MAX_OF_KEY)
    .map(([value]) => value);
  if (frequent.length === 0) return [];
  const flags = new Map(frequent.map((value) => [value, new Uint8Array(groups.hasBug.length)]));
  for (const part of parts) mark(part, key, flags);
  return frequent.flatMap((value): Candidate[] => {
    const has = flags.get(value) ?? new Uint8Array(0);
    const table = tableOf(has, groups, null);
    return table.some >= least ? [{ key, value, has, table }] : [];
  });
}

/** How many of the bug's rows have each value. */
function rowCounts(parts: readonly Part[], key: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const ofNumbers = new Map<number, number>();
  const add = (value: string, by: number): void => void counts.set(value, (counts.get(value) ?? 0) + by);
  for (const { chunk, bugRows } of parts) {
    const column = chunk.column(key);
    if (column === null) continue;
    if (column.kind === 'number' || column.kind === 'whole') {
      const numbers = numbersOf(chunk, key) ?? new Float64Array(0);
      for (const row of bugRows) {
        const number = numbers[row] ?? NaN;
        if (!Number.isNaN(number)) ofNumbers.set(number, (ofNumbers.get(number) ?? 0) + 1);
      }
      continue;
    }
    const byCode = new Uint32Array(column.words.length + 1);
    const { codes } = column;
    if (column.kind === 'text') {
      for (const row of bugRows) byCode[codes[row] ?? 0] = (byCode[codes[row] ?? 0] ?? 0) + 1;
    } else {
      for (const row of bugRows) {
        const list = column.lists[row] ?? 0;
        const end = column.starts[list + 1] ?? 0;
        for (let at = column.starts[list] ?? 0; at < end; at += 1)
          byCode[codes[at] ?? 0] = (byCode[codes[at] ?? 0] ?? 0) + 1;
      }
    }
    for (const [at, word] of column.words.entries()) {
      const rows = byCode[at + 1] ?? 0;
      if (rows > 0) add(word, rows);
    }
  }
  for (const [number, of] of ofNumbers) add(String(number), of);
  return counts;
}

/** Marks who has which value. */
function mark({ chunk, rows, rowUnits }: Part, key: number, flags: ReadonlyMap<string, Uint8Array>): void {
  const column = chunk.column(key);
  if (column === null) return;
  if (column.kind === 'number' || column.kind === 'whole') {
    const numbers = numbersOf(chunk, key);
    const byNumber = new Map([...flags].map(([value, has]) => [Number(value), has]));
    if (numbers === null) return;
    for (let at = 0; at < rows.length; at += 1) {
      const has = byNumber.get(numbers[rows[at] ?? 0] ?? NaN);
      if (has !== undefined) has[rowUnits[at] ?? 0] = 1;
    }
    return;
  }
  const byCode = [undefined, ...column.words.map((word) => flags.get(word))];
  if (byCode.every((has) => has === undefined)) return;
  const { codes } = column;
  if (column.kind === 'text') {
    for (let at = 0; at < rows.length; at += 1) {
      const has = byCode[codes[rows[at] ?? 0] ?? 0];
      if (has !== undefined) has[rowUnits[at] ?? 0] = 1;
    }
    return;
  }
  for (let at = 0; at < rows.length; at += 1) {
    const list = column.lists[rows[at] ?? 0] ?? 0;
    const end = column.starts[list + 1] ?? 0;
    for (let place = column.starts[list] ?? 0; place < end; place += 1) {
      const has = byCode[codes[place] ?? 0];
      if (has !== undefined) has[rowUnits[at] ?? 0] = 1;
    }
  }
}

/** `within`: only installations that have that, too. */
function tableOf(has: Uint8Array, { hasBug, affected, others }: Groups, within: Uint8Array | null): FourFold {
  const table = { some: 0, all: 0, otherSome: 0, otherAll: 0 };
  for (let unit = 0; unit < has.length; unit += 1) {
    if (within !== null && within[unit] === 0) continue;
    if (hasBug[unit] === 1) {
      table.all += 1;
      table.some += has[unit] ?? 0;
    } else {
      table.otherAll += 1;
      table.otherSome += has[unit] ?? 0;
    }
  }
  return within === null ? { ...table, all: affected, otherAll: others } : table;
}

function strongestFirst(candidates: readonly Candidate[], groups: Groups): readonly Correlation[] {
  const ps = candidates.map(({ table }) => associationP(table));
  const counts = significant(ps, RATE);
  const found = candidates
    .map((candidate, at) => ({ candidate, p: ps[at] ?? 1, counts: counts[at] === true }))
    .filter(({ candidate, counts: isSignificant }) => isSignificant && differs(candidate.table))
    .toSorted((a, b) => points(b.candidate.table) - points(a.candidate.table) || a.p - b.p)
    .slice(0, MAX_FOUND);
  const strongest = found[0]?.candidate;
  return found.map(({ candidate, p }): Correlation => {
    const { key, value, table } = candidate;
    const beside = besideOf(candidate, strongest, groups);
    return Object.assign({ key, value, p, lift: liftOf(table), beside }, table);
  });
}

function points({ some, all, otherSome, otherAll }: FourFold): number {
  return some / all - otherSome / otherAll;
}

/** More frequent, and by enough that it means something. */
function differs(table: FourFold): boolean {
  const difference = points(table);
  return difference > 0 && (difference >= LEAST_POINTS || (liftOf(table) ?? Infinity) >= LEAST_LIFT);
}

function besideOf(
  candidate: Candidate,
  strongest: Candidate | undefined,
  groups: Groups,
): Correlation['beside'] {
  if (strongest === undefined || candidate === strongest) return 'strongest';
  const table = tableOf(candidate.has, groups, strongest.has);
  if (table.all < LEAST || table.otherAll < LEAST) return 'unknown';
  return differs(table) && associationP(table) < RATE ? 'own' : 'follows';
}
