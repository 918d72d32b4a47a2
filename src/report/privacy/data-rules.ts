// What a product decides about data that it would rather not have: names that are never stored, what is scrubbed from values, and how long
// dumps and protected annotations stay. Read leniently, since it may have been written by another version.
import { asObject, own } from '../crashkit/json-object.ts';

/** What can be scrubbed from values without an expression of one's own (scrub-kinds.ts). */
export const SCRUB_KINDS = ['email', 'card', 'token', 'ip', 'home'] as const;
export type ScrubKind = (typeof SCRUB_KINDS)[number];

/**
 * `all`: dumps stay as long as their reports; `stacks`: a dump goes once it has been walked and lacked no symbols, or after `dumpDays`;
 * `newest`: of each bug the newest `dumpsOfBug` dumps stay, others go once they have been walked.
 */
export const DUMP_MODES = ['all', 'stacks', 'newest'] as const;
export type DumpMode = (typeof DUMP_MODES)[number];

/** What a product decides. */
export interface DataRules {
  readonly dumps: DumpMode;
  /** With `stacks`: days after which a dump goes whatever was missing; null: it waits for its symbols. */
  readonly dumpDays: number | null;
  /** With `newest`. */
  readonly dumpsOfBug: number;
  /** Days after which annotations go that are not public; null: with their report. */
  readonly protectedDays: number | null;
  /** Names of annotations, tags and members of payloads; `*` stands for any text; upper and lower case are the same. */
  readonly neverStored: readonly string[];
  readonly scrub: readonly ScrubKind[];
  /** Expressions in RE2's syntax. */
  readonly patterns: readonly string[];
}

/** What holds for a product that has decided nothing. */
export const DEFAULT_DATA_RULES: DataRules = {
  dumps: 'all',
  dumpDays: 30,
  dumpsOfBug: 10,
  protectedDays: null,
  neverStored: [],
  scrub: [],
  patterns: [],
};

export const MAX_NEVER_STORED = 200;
export const MAX_NEVER_STORED_LENGTH = 200;
export const MAX_PATTERNS = 20;
export const MAX_PATTERN_LENGTH = 300;
/** Days, and dumps of one bug. */
export const MAX_DATA_DAYS = 36_500;
export const MAX_DUMPS_OF_BUG = 10_000;

/** Rules from stored data; what is missing or of another kind is as in the default. */
export function readDataRules(value: unknown): DataRules {
  const object = asObject(value) ?? {};
  const whole = (name: string, most: number): number | null => {
    const number = own(object, name);
    return typeof number === 'number' && Number.isInteger(number) && number >= 1 && number <= most
      ? number
      : null;
  };
  const kinds = own(object, 'scrub');
  const days = own(object, 'dumpDays');
  return {
    dumps: DUMP_MODES.find((mode) => mode === own(object, 'dumps')) ?? DEFAULT_DATA_RULES.dumps,
    dumpDays: days === undefined ? DEFAULT_DATA_RULES.dumpDays : whole('dumpDays', MAX_DATA_DAYS),
    dumpsOfBug: whole('dumpsOfBug', MAX_DUMPS_OF_BUG) ?? DEFAULT_DATA_RULES.dumpsOfBug,
    protectedDays: whole('protectedDays', MAX_DATA_DAYS),
    neverStored: texts(own(object, 'neverStored'), MAX_NEVER_STORED, MAX_NEVER_STORED_LENGTH),
    scrub: SCRUB_KINDS.filter((kind) => Array.isArray(kinds) && kinds.includes(kind)),
    patterns: texts(own(object, 'patterns'), MAX_PATTERNS, MAX_PATTERN_LENGTH),
  };
}

/** Rules as they are stored; `{}` where nothing was decided, so that most products are read at a glance. */
export function dataRulesJson(rules: DataRules): string {
  const decided = Object.entries(rules).filter(
    ([name, value]) =>
      JSON.stringify(value) !==
      JSON.stringify(Object.entries(DEFAULT_DATA_RULES).find(([key]) => key === name)?.[1]),
  );
  return JSON.stringify(Object.fromEntries(decided));
}

/** Rules of stored JSON; `{}` is not even read. */
export function dataRulesOf(json: string): DataRules {
  return json === '{}' ? DEFAULT_DATA_RULES : readDataRules(JSON.parse(json));
}

/** Whether something is left out or scrubbed on arrival and when reports are processed. */
export function changesData({ neverStored, scrub, patterns }: DataRules): boolean {
  return neverStored.length + scrub.length + patterns.length > 0;
}

function texts(value: unknown, most: number, longest: number): readonly string[] {
  if (!Array.isArray(value)) return [];
  const kept = value.filter(
    (entry): entry is string => typeof entry === 'string' && entry.trim() !== '' && entry.length <= longest,
  );
  return [...new Set(kept)].slice(0, most);
}
