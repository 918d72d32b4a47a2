// Which values a bug's installations have more often than the others of its product that crashed.
//
// An installation that has the bug belongs to the bug; the others are compared with it. Values of at least a tenth of the bug's
// installations, and of five, are tested (Fisher, G), and of what differs by ten points or by a factor of two those count that remain at a
// false discovery rate of 1 %. Then each is looked at again among the installations with the strongest one alone: a difference that is
// gone there only follows from it ("only because Windows 11"), as Mozilla's correlations have it.
import type { Column } from '../columns/column.ts';
import { BUG_KEY, FIELDS, OTHER_KEY } from '../fields.ts';
import type { BoundQuery } from '../query/bind-query.ts';
import { associationP, liftOf } from '../statistics/association.ts';
import type { FourFold } from '../statistics/association.ts';
import { significant } from '../statistics/false-discovery.ts';
import { numbersOf } from './cells.ts';
import type { Chunk } from './chunk.ts';
import { selectRows } from './select-rows.ts';
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
    ['report', 'position', 'crash_id', 'count', 'happened', 'case', 'received', 'installation'] as const
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
}

interface Part {
  readonly chunk: Chunk;
  readonly units: Int32Array;
  readonly inBug: Uint8Array;
}

/** `keys`: those that the reader sees. `out`: whether the time is up; asked between chunks and keys. */
export function correlate(
  chunks: readonly Chunk[],
  asked: { readonly bugId: number; readonly query: BoundQuery; readonly keys: readonly number[] },
  out: () => boolean = () => false,
): Correlations {
  const selected: { chunk: Chunk; selection: Selection; inBug: Uint8Array }[] = [];
  let complete = true;
  let ofBug = 0;
  let named = 0;
  for (const chunk of chunks) {
    if (out()) {
      complete = false;
      break;
    }
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
    selected.push({ chunk, selection, inBug });
  }
  const unit = named * 2 >= ofBug ? 'installations' : 'reports';
  const units = new Units(unit === 'installations' ? FIELDS.installation.key : FIELDS.report.key);
  const parts = selected.map(({ chunk, selection, inBug }): Part => ({
    chunk,
    inBug,
    units: units.of(chunk, selection),
  }));
  const groups = groupsOf(parts, units.size);
  const about = { unit, affected: groups.affected, others: groups.others } as const;
  if (groups.affected < LEAST || groups.others === 0) {
    return { ...about, tested: 0, values: [], complete };
  }
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

function groupsOf(parts: readonly Part[], size: number): Groups {
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
  for (const part of parts) mark(part, key, flags, groups);
  return frequent.flatMap((value): Candidate[] => {
    const has = flags.get(value) ?? new Uint8Array(0);
    const table = tableOf(has, groups, null);
    return table.some >= least ? [{ key, value, has, table }] : [];
  });
}

/** How many of the bug's rows have each value. */
function rowCounts(parts: readonly Part[], key: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { chunk, inBug, units } of parts) {
    const column = chunk.column(key);
    if (column === null) continue;
    const add = (value: string, by: number): void => void counts.set(value, (counts.get(value) ?? 0) + by);
    if (column.kind === 'number' || column.kind === 'whole') {
      const numbers = numbersOf(chunk, key);
      for (let row = 0; row < chunk.rows; row += 1) {
        const number = numbers?.[row] ?? NaN;
        if (inBug[row] === 1 && (units[row] ?? -1) >= 0 && !Number.isNaN(number)) add(String(number), 1);
      }
      continue;
    }
    const byCode = new Uint32Array(column.words.length + 1);
    for (let row = 0; row < chunk.rows; row += 1) {
      if (inBug[row] === 1 && (units[row] ?? -1) >= 0)
        eachCode(column, row, (code) => (byCode[code] = (byCode[code] ?? 0) + 1));
    }
    for (const [at, word] of column.words.entries()) {
      const rows = byCode[at + 1] ?? 0;
      if (rows > 0) add(word, rows);
    }
  }
  return counts;
}

function eachCode(
  column: Extract<Column, { words: unknown }>,
  row: number,
  use: (code: number) => void,
): void {
  if (column.kind === 'text') {
    use(column.codes[row] ?? 0);
    return;
  }
  for (let at = column.starts[row] ?? 0; at < (column.starts[row + 1] ?? 0); at += 1)
    use(column.codes[at] ?? 0);
}

/** Marks who has which value. Of an installation with the bug the crashes of the bug count, of the others all. */
function mark(
  { chunk, units, inBug }: Part,
  key: number,
  flags: ReadonlyMap<string, Uint8Array>,
  { hasBug }: Groups,
): void {
  const column = chunk.column(key);
  if (column === null) return;
  const counts = (row: number): number => {
    const unit = units[row] ?? -1;
    return unit >= 0 && (inBug[row] === 1 || hasBug[unit] === 0) ? unit : -1;
  };
  if (column.kind === 'number' || column.kind === 'whole') {
    const numbers = numbersOf(chunk, key);
    const byNumber = new Map([...flags].map(([value, has]) => [Number(value), has]));
    for (let row = 0; row < chunk.rows; row += 1) {
      const has = byNumber.get(numbers?.[row] ?? NaN);
      const unit = has === undefined ? -1 : counts(row);
      if (has !== undefined && unit >= 0) has[unit] = 1;
    }
    return;
  }
  const byCode = [undefined, ...column.words.map((word) => flags.get(word))];
  if (byCode.every((has) => has === undefined)) return;
  for (let row = 0; row < chunk.rows; row += 1) {
    const unit = counts(row);
    if (unit < 0) continue;
    eachCode(column, row, (code) => {
      const has = byCode[code];
      if (has !== undefined) has[unit] = 1;
    });
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
