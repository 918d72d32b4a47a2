// Throttling rules as data: their shape, and the check of what an operator wrote. throttle.ts runs them.
//
//   { "name": "old_betas", "if": { "field": "BuildID", "olderThanDays": 730 }, "then": "reject" }
//   { "name": "sampled", "if": { "always": true }, "then": { "percent": 10, "within": "accept", "beyond": "reject" } }

/** What a rule decides. `continue` goes on with the next rule and makes sense in a sample only. */
export const THROTTLE_ACTIONS = ['accept', 'defer', 'reject', 'fake_accept', 'continue'] as const;
export type ThrottleAction = (typeof THROTTLE_ACTIONS)[number];

/** A random number from 0 to 100 that is at most `percent` takes `within`, a larger one `beyond`. */
export interface ThrottleSample {
  readonly percent: number;
  readonly within: ThrottleAction;
  readonly beyond: ThrottleAction;
}

/**
 * A test of one annotation. All that it asks must hold. A missing annotation fails everything but `present: false`.
 * With `path`, the annotation is read as JSON and the value at that path is tested.
 */
export interface FieldTest {
  readonly field: string;
  readonly path?: readonly string[];
  /** Compares texts in lower case. */
  readonly ignoreCase?: boolean;
  readonly present?: boolean;
  readonly empty?: boolean;
  readonly equals?: string | number | boolean;
  readonly oneOf?: readonly string[];
  readonly startsWith?: readonly string[];
  /** A JavaScript regular expression. */
  readonly matches?: string;
  /** A text that comes before this one, character by character. */
  readonly before?: string;
  /** A value that begins with a date `YYYYMMDD` (a build id) which is more than so many days ago. */
  readonly olderThanDays?: number;
  readonly wholeNumber?: boolean;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** When a rule applies. */
export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | { readonly always: true }
  | FieldTest;

/** One rule. Its name is told to clients (`Discarded=rule_<name>`). */
export interface ThrottleRule {
  readonly name: string;
  readonly if: Condition;
  readonly then: ThrottleAction | ThrottleSample;
}

/** The rules, or what is wrong with them (the rest of a sentence). */
export type CheckedRules =
  | { readonly ok: true; readonly value: readonly ThrottleRule[] }
  | { readonly ok: false; readonly wrong: string };

const MAX_RULES = 1000;
const MAX_DEPTH = 20;
const MAX_FAULTS = 10;
const NAME = /^[A-Za-z0-9_]{1,60}$/;

type Members = Readonly<Record<string, unknown>>;

/** Checks rules that came out of JSON. */
export function checkThrottleRules(raw: unknown): CheckedRules {
  if (!Array.isArray(raw)) return { ok: false, wrong: 'is not a list of rules' };
  if (raw.length > MAX_RULES) return { ok: false, wrong: `has more than ${MAX_RULES} rules` };
  const faults: string[] = [];
  const names = new Set<string>();
  const rules = raw.flatMap((entry: unknown, index) => {
    const at = `rule ${index + 1}`;
    const rule = members(entry);
    if (rule === null) {
      faults.push(`${at} is not an object`);
      return [];
    }
    const { name } = rule;
    if (typeof name !== 'string' || !NAME.test(name)) {
      faults.push(`${at} has no name of at most 60 letters, digits and _`);
    } else if (names.has(name)) faults.push(`${at} has the same name as another rule: ${name}`);
    else names.add(name);
    unknownKeys(rule, ['name', 'if', 'then', 'about'], at, faults);
    const condition = checkCondition(rule['if'], `${at}, "if"`, faults, 0);
    const then = checkThen(rule['then'], `${at}, "then"`, faults);
    if (condition === null || then === null || typeof name !== 'string') return [];
    return [{ name, if: condition, then }];
  });
  if (faults.length === 0) return { ok: true, value: rules };
  const shown = faults.slice(0, MAX_FAULTS);
  return {
    ok: false,
    wrong: `is not understood: ${shown.join('; ')}${faults.length > MAX_FAULTS ? '; and more' : ''}`,
  };
}

function checkThen(raw: unknown, at: string, faults: string[]): ThrottleAction | ThrottleSample | null {
  if (isAction(raw)) return raw;
  const sample = members(raw);
  if (sample === null) {
    faults.push(`${at} is none of ${THROTTLE_ACTIONS.join(', ')} and no sample`);
    return null;
  }
  unknownKeys(sample, ['percent', 'within', 'beyond'], at, faults);
  const { percent, within, beyond } = sample;
  if (typeof percent === 'number' && percent >= 0 && percent <= 100 && isAction(within) && isAction(beyond)) {
    return { percent, within, beyond };
  }
  faults.push(`${at} needs a "percent" from 0 to 100 and an action for "within" and "beyond"`);
  return null;
}

function checkCondition(raw: unknown, at: string, faults: string[], depth: number): Condition | null {
  const condition = members(raw);
  if (condition === null || depth > MAX_DEPTH) {
    faults.push(condition === null ? `${at} is not an object` : `${at} is nested too deeply`);
    return null;
  }
  if ('always' in condition) {
    if (condition['always'] !== true || Object.keys(condition).length > 1) {
      faults.push(`${at}: "always" stands alone and is true`);
      return null;
    }
    return { always: true };
  }
  for (const key of ['all', 'any'] as const) {
    if (!(key in condition)) continue;
    unknownKeys(condition, [key], at, faults);
    const list = condition[key];
    if (!Array.isArray(list) || list.length === 0) {
      faults.push(`${at}: "${key}" is not a list of conditions`);
      return null;
    }
    const parts = list.map((part, index) =>
      checkCondition(part, `${at}.${key}[${index}]`, faults, depth + 1),
    );
    const checked = parts.filter((part) => part !== null);
    if (checked.length < parts.length) return null;
    return key === 'all' ? { all: checked } : { any: checked };
  }
  if ('not' in condition) {
    unknownKeys(condition, ['not'], at, faults);
    const inner = checkCondition(condition['not'], `${at}.not`, faults, depth + 1);
    return inner === null ? null : { not: inner };
  }
  return checkFieldTest(condition, at, faults);
}

/** What a test may ask, what its value must be, and the words for it. */
const TEST_VALUES: Readonly<
  Record<string, { readonly is: (value: unknown) => boolean; readonly words: string }>
> = {
  present: { is: isBoolean, words: 'true or false' },
  empty: { is: isBoolean, words: 'true or false' },
  equals: {
    is: (value) => isText(value) || isNumber(value) || isBoolean(value),
    words: 'a text, a number, true or false',
  },
  oneOf: { is: isTexts, words: 'a list of texts' },
  startsWith: { is: (value) => isText(value) || isTexts(value), words: 'a text or a list of texts' },
  matches: { is: isPattern, words: 'a regular expression' },
  before: { is: isText, words: 'a text' },
  olderThanDays: { is: isNumber, words: 'a number of days' },
  wholeNumber: { is: (value) => value === true, words: 'true' },
  atLeast: { is: isNumber, words: 'a number' },
  atMost: { is: isNumber, words: 'a number' },
};

function checkFieldTest(condition: Members, at: string, faults: string[]): FieldTest | null {
  const before = faults.length;
  const { field, path } = condition;
  if (!isText(field) || field === '') {
    faults.push(`${at} has none of all, any, not, always and field`);
    return null;
  }
  if (path !== undefined && !isTexts(path)) faults.push(`${at}: "path" is not a list of texts`);
  if (condition['ignoreCase'] !== undefined && !isBoolean(condition['ignoreCase'])) {
    faults.push(`${at}: "ignoreCase" is not true or false`);
  }
  unknownKeys(condition, ['field', 'path', 'ignoreCase', ...Object.keys(TEST_VALUES)], at, faults);
  const asked = Object.keys(condition).filter((key) => Object.hasOwn(TEST_VALUES, key));
  if (asked.length === 0) faults.push(`${at} asks nothing of "${field}"`);
  for (const key of asked) {
    const expected = TEST_VALUES[key];
    if (expected?.is(condition[key]) === false) faults.push(`${at}: "${key}" is not ${expected.words}`);
  }
  if (faults.length > before) return null;
  const { startsWith } = condition;
  const test = { ...condition, field, ...(isText(startsWith) ? { startsWith: [startsWith] } : {}) };
  return test;
}

function unknownKeys(object: Members, known: readonly string[], at: string, faults: string[]): void {
  for (const key of Object.keys(object)) {
    if (!known.includes(key))
      faults.push(`${at} has something that is not understood: "${key.slice(0, 40)}"`);
  }
}

function members(value: unknown): Members | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : null;
}

function isAction(value: unknown): value is ThrottleAction {
  return typeof value === 'string' && (THROTTLE_ACTIONS as readonly string[]).includes(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every(isText);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

function isPattern(value: unknown): boolean {
  if (!isText(value)) return false;
  try {
    return new RegExp(value) instanceof RegExp;
  } catch {
    return false;
  }
}
