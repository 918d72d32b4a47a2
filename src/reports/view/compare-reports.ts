// Two reports side by side, as far as a person sees both: what each says in annotations, stacks and modules, and where they differ.
import type { ProcessedCrash, ProcessedFrame, ProcessedReport } from '../../report/processed-report.ts';
import { framePlace, frameName } from './frame-text.ts';
import { readNativeDump } from './native-dump.ts';

/** A row of two columns; null: this one has nothing there. */
export interface Beside {
  readonly name: string;
  readonly one: string | null;
  readonly other: string | null;
  readonly differs: boolean;
  readonly protected: boolean;
}

/** Frames of two stacks, aligned by their functions; `places` differ where the function is the same and its line is not. */
export interface FrameBeside {
  readonly one: string | null;
  readonly other: string | null;
  readonly differs: 'no' | 'place' | 'yes';
}

interface Named {
  readonly key: string;
  readonly value: string;
  readonly protected: boolean;
}

const MAX_ROWS = 2000;
/** Frames that are aligned: the work grows with the product of both. */
const MAX_FRAMES = 300;

/** By name, those that differ first; a name that is there several times has its values together. */
export function besideByName(one: readonly Named[], other: readonly Named[]): readonly Beside[] {
  const [mine, theirs] = [byName(one), byName(other)];
  const names = [...new Set([...mine.keys(), ...theirs.keys()])].slice(0, MAX_ROWS);
  const rows = names.map((name): Beside => {
    const [left, right] = [mine.get(name), theirs.get(name)];
    return {
      name,
      one: left?.value ?? null,
      other: right?.value ?? null,
      differs: left?.value !== right?.value,
      protected: left?.protected === true || right?.protected === true,
    };
  });
  return rows.toSorted((a, b) => Number(b.differs) - Number(a.differs) || (a.name < b.name ? -1 : 1));
}

function byName(all: readonly Named[]): ReadonlyMap<string, Named> {
  const found = new Map<string, Named>();
  for (const each of all) {
    const before = found.get(each.key);
    found.set(each.key, before === undefined ? each : { ...each, value: `${before.value}, ${each.value}` });
  }
  return found;
}

/** The facts that every crash has. */
export function factsBeside(
  one: ProcessedReport,
  other: ProcessedReport,
  [mine, theirs]: readonly [ProcessedCrash, ProcessedCrash],
): readonly Beside[] {
  const rows: readonly (readonly [name: string, one: string | null, other: string | null])[] = [
    ['Title', mine.signature, theirs.signature],
    ['Reason', mine.reason, theirs.reason],
    ['Message', mine.message, theirs.message],
    ['Address', mine.address, theirs.address],
    ['Version', one.version, other.version],
    ['Build', one.buildId, other.buildId],
    ['Platform', one.platform, other.platform],
    ['System', systemOf(one), systemOf(other)],
    ['Processor', one.cpu, other.cpu],
    ['Process type', one.processType, other.processType],
    ['Uptime in seconds', textOf(one.uptimeSeconds), textOf(other.uptimeSeconds)],
    ['Severity', mine.severity, theirs.severity],
    ['Part of the program', mine.role, theirs.role],
    ['Context', mine.context, theirs.context],
  ];
  return rows
    .map(([name, left, right]) => ({
      name,
      one: left === '' ? null : left,
      other: right === '' ? null : right,
      differs: left !== right,
      protected: false,
    }))
    .filter(({ one: left, other: right }) => left !== null || right !== null);
}

function systemOf({ os, osVersion }: ProcessedReport): string | null {
  return os === null ? osVersion : osVersion === null ? os : `${os} ${osVersion}`;
}

function textOf(value: number | null): string | null {
  return value === null ? null : String(value);
}

/** Values of sections (environment, request, tags, …): `section.name`. */
export function valuesOf(crash: ProcessedCrash): readonly Named[] {
  return crash.sections
    .filter(({ name }) => name !== 'breadcrumbs')
    .flatMap((section) =>
      section.values.map(([name, value]) => ({
        key: `${section.name}.${name}`,
        value,
        protected: section.protected,
      })),
    );
}

/** The stack that a crash is known by: of its last cause, or of the thread that crashed. */
export function stackOf(crash: ProcessedCrash): readonly ProcessedFrame[] {
  const cause = crash.exceptions.find(({ frames }) => frames.length > 0);
  return cause?.frames ?? crash.threads.find(({ crashed }) => crashed)?.frames ?? [];
}

/** Innermost first. */
export function framesBeside(
  one: readonly ProcessedFrame[],
  other: readonly ProcessedFrame[],
): readonly FrameBeside[] {
  const [mine, theirs] = [one.slice(0, MAX_FRAMES), other.slice(0, MAX_FRAMES)];
  const words = (frame: ProcessedFrame): string =>
    [frameName(frame), framePlace(frame)].filter((part) => part !== '').join('  ');
  return aligned(mine.map(frameName), theirs.map(frameName)).map(([left, right]) => {
    const [here, there] = [
      left === null ? undefined : mine[left],
      right === null ? undefined : theirs[right],
    ];
    if (here === undefined || there === undefined) {
      return {
        one: here === undefined ? null : words(here),
        other: there === undefined ? null : words(there),
        differs: 'yes',
      };
    }
    const isSame = framePlace(here) === framePlace(there);
    return { one: words(here), other: words(there), differs: isSame ? 'no' : 'place' };
  });
}

/** Modules of both minidumps by name: their versions and debug ids. Empty: neither holds any. */
export function modulesBeside(one: ProcessedReport, other: ProcessedReport): readonly Beside[] {
  return besideByName(modulesOf(one), modulesOf(other));
}

function modulesOf({ minidumps }: ProcessedReport): readonly Named[] {
  return Object.values(minidumps)
    .slice(0, 1)
    .flatMap((dump) => readNativeDump(dump).modules)
    .slice(0, MAX_ROWS)
    .map(({ name, version, debugId }) => ({
      key: name,
      value: [version, debugId].filter((part) => part !== null && part !== '').join(' · '),
      protected: false,
    }));
}

/** Places of two lists along their longest common subsequence, with what is on one side alone between. */
function aligned(
  one: readonly string[],
  other: readonly string[],
): readonly (readonly [number | null, number | null])[] {
  const width = other.length + 1;
  const lengths = new Uint16Array((one.length + 1) * width);
  const at = (row: number, column: number): number => lengths[row * width + column] ?? 0;
  for (let row = one.length - 1; row >= 0; row -= 1) {
    for (let column = other.length - 1; column >= 0; column -= 1) {
      lengths[row * width + column] =
        one[row] === other[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const rows: (readonly [number | null, number | null])[] = [];
  let [row, column] = [0, 0];
  while (row < one.length || column < other.length) {
    if (row < one.length && column < other.length && one[row] === other[column]) {
      rows.push([row, column]);
      row += 1;
      column += 1;
    } else if (row < one.length && (column >= other.length || at(row + 1, column) >= at(row, column + 1))) {
      rows.push([row, null]);
      row += 1;
    } else {
      rows.push([null, column]);
      column += 1;
    }
  }
  return rows;
}

/** How a crash differs visibly from another one of its bug, in words; null: in nothing that can be seen. */
export function differenceWords(crash: ProcessedCrash, usual: ProcessedCrash): string | null {
  const said: string[] = [];
  if (crash.reason !== usual.reason && crash.reason !== null) said.push(cut(crash.reason));
  if (crash.message !== usual.message && crash.message !== '') said.push(`says “${cut(crash.message)}”`);
  const rows = framesBeside(stackOf(crash), stackOf(usual));
  const first = rows.findIndex(({ differs }) => differs === 'yes');
  if (first !== -1) said.push(partsAt(rows, first));
  else {
    const line = rows.find(({ differs }) => differs === 'place');
    if (line !== undefined) said.push(`at ${cut(line.one ?? '')}`);
    else if (said.length === 0) return null;
  }
  return said.join('; ');
}

/** Where the stacks part: the frame that this one has there, or what it lacks. */
function partsAt(rows: readonly FrameBeside[], first: number): string {
  const mine = rows.slice(first).find(({ differs, one }) => differs === 'yes' && one !== null)?.one;
  const above = rows[first - 1]?.one;
  const where =
    above === undefined || above === null ? 'its innermost frame is' : `below ${nameIn(above)} stands`;
  if (mine === undefined || mine === null) return `lacks ${nameIn(rows[first]?.other ?? '')}`;
  return `${where} ${nameIn(mine)}`;
}

function nameIn(words: string): string {
  return cut(words.split('  ')[0] ?? words);
}

function cut(text: string): string {
  return text.length <= 90 ? text : `${text.slice(0, 89)}…`;
}
