// Changes of what a product decides about its data, as they come from a form, the API or the command, checked in one place.
import {
  DUMP_MODES,
  MAX_DATA_DAYS,
  MAX_DUMPS_OF_BUG,
  MAX_NEVER_STORED,
  MAX_NEVER_STORED_LENGTH,
  MAX_PATTERNS,
  readDataRules,
  SCRUB_KINDS,
  type DataRules,
} from '../../report/privacy/data-rules.ts';
import { patternFault, patternsFault } from '../../report/privacy/own-patterns.ts';

/** Checked rules, or what is wrong with the change. */
export type CheckedData =
  | { readonly ok: true; readonly value: DataRules }
  | { readonly ok: false; readonly fault: string };

const bad = (fault: string): CheckedData => ({ ok: false, fault });
const NAMES: ReadonlySet<string> = new Set([
  ...['dumps', 'dumpDays', 'dumpsOfBug', 'protectedDays', 'neverStored', 'scrub', 'patterns'],
]);

/** Changed rules: what is not named stays as it is. Unknown fields are a fault, because a typo must not look like success. */
export function checkDataChange(now: DataRules, change: Readonly<Record<string, unknown>>): CheckedData {
  const stranger = Object.keys(change).find((name) => !NAMES.has(name));
  if (stranger !== undefined) return bad(`"${stranger}" is nothing that a product decides about its data.`);
  const { dumps, dumpDays, dumpsOfBug, protectedDays, neverStored, scrub, patterns } = change;
  if (dumps !== undefined && !DUMP_MODES.some((mode) => mode === dumps))
    return bad(`"dumps" must be one of ${DUMP_MODES.join(', ')}.`);
  for (const [name, value] of Object.entries({ dumpDays, protectedDays })) {
    if (value !== undefined && value !== null && !isWhole(value, MAX_DATA_DAYS))
      return bad(`"${name}" must be a whole number from 1 to ${MAX_DATA_DAYS}, or nothing.`);
  }
  if (dumpsOfBug !== undefined && !isWhole(dumpsOfBug, MAX_DUMPS_OF_BUG))
    return bad(`"dumpsOfBug" must be a whole number from 1 to ${MAX_DUMPS_OF_BUG}.`);
  if (neverStored !== undefined) {
    if (
      !isTexts(neverStored, MAX_NEVER_STORED) ||
      neverStored.some((name) => name.length > MAX_NEVER_STORED_LENGTH)
    )
      return bad(
        `"neverStored" must be at most ${MAX_NEVER_STORED} names of at most ${MAX_NEVER_STORED_LENGTH} characters.`,
      );
    const all = neverStored.find((name) => /^\*+$/.test(name.trim()));
    if (all !== undefined) return bad('A name that stands for every name would leave nothing of a report.');
  }
  if (scrub !== undefined) {
    const isList = Array.isArray(scrub) && scrub.every((kind) => SCRUB_KINDS.some((one) => one === kind));
    if (!isList) return bad(`"scrub" must be a list of ${SCRUB_KINDS.join(', ')}.`);
  }
  if (patterns !== undefined) {
    if (!isTexts(patterns, MAX_PATTERNS))
      return bad(`"patterns" must be at most ${MAX_PATTERNS} expressions.`);
    for (const pattern of patterns) {
      const fault = patternFault(pattern);
      if (fault !== null) return bad(fault);
    }
    const together = patternsFault(patterns);
    if (together !== null) return bad(together);
  }
  return { ok: true, value: readDataRules({ ...now, ...change }) };
}

function isWhole(value: unknown, most: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most;
}

function isTexts(value: unknown, most: number): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.length <= most &&
    value.every((entry) => typeof entry === 'string' && entry.trim() !== '')
  );
}
