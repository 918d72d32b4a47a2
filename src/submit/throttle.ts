// The throttle: whether a report is kept and processed, kept for later, or turned away. Rules are tried in order; the
// first that decides wins; where none does, everything is accepted.
import type { Annotation, ThrottleResult } from '../report/report.ts';
import type { Condition, FieldTest, ThrottleRule } from './throttle-rule.ts';

/** The rule name of a report that no rule decided about. */
const NO_RULE: ThrottleResult = { rule: 'accept_everything', action: 'accept' };
const DAY_MS = 86_400_000;

type Values = ReadonlyMap<string, string>;
type Test = (values: Values, nowMs: number) => boolean;

/** Decides about the annotations of one report. `nowMs` is the moment in milliseconds since 1970. */
export type Throttle = (annotations: readonly Annotation[], nowMs: number) => ThrottleResult;

/** Compiles checked rules. `random` gives numbers from 0 to 1. */
export function createThrottle(rules: readonly ThrottleRule[], random: () => number = Math.random): Throttle {
  if (rules.length === 0) return () => NO_RULE;
  const compiled = rules.map((rule) => ({ rule, applies: compileCondition(rule.if) }));
  return (annotations, nowMs) => {
    const values = new Map(annotations.map(({ key, value }) => [key, value]));
    for (const { rule, applies } of compiled) {
      if (!applies(values, nowMs)) continue;
      const { then } = rule;
      const action =
        typeof then === 'string' ? then : random() * 100 <= then.percent ? then.within : then.beyond;
      if (action !== 'continue') return { rule: rule.name, action };
    }
    return NO_RULE;
  };
}

/** A condition as a function. */
export function compileCondition(condition: Condition): Test {
  if ('all' in condition) {
    const parts = condition.all.map(compileCondition);
    return (values, now) => parts.every((part) => part(values, now));
  }
  if ('any' in condition) {
    const parts = condition.any.map(compileCondition);
    return (values, now) => parts.some((part) => part(values, now));
  }
  if ('not' in condition) {
    const inner = compileCondition(condition.not);
    return (values, now) => !inner(values, now);
  }
  if ('always' in condition) return () => true;
  return compileFieldTest(condition);
}

function compileFieldTest(test: FieldTest): Test {
  const asks = questions(test);
  return (values, now) => {
    const text = values.get(test.field);
    const found = text === undefined || test.path === undefined ? text : valueAt(text, test.path);
    if (test.present !== undefined && test.present !== (found !== undefined)) return false;
    if (found === undefined) return asks.length === 0;
    const value = test.ignoreCase === true && typeof found === 'string' ? found.toLowerCase() : found;
    return asks.every((ask) => ask(value, now));
  };
}

type Question = (value: unknown, nowMs: number) => boolean;

/** What a test asks of a value that is there. */
function questions(test: FieldTest): readonly Question[] {
  const fold = (text: string) => (test.ignoreCase === true ? text.toLowerCase() : text);
  const { empty, equals, before, olderThanDays, atLeast, atMost } = test;
  const list: Question[] = [];
  if (empty !== undefined) list.push((value) => (value === '' || value === null) === empty);
  if (equals !== undefined) {
    const expected = typeof equals === 'string' ? fold(equals) : equals;
    list.push((value) => value === expected || (test.path === undefined && value === String(expected)));
  }
  if (test.oneOf !== undefined) {
    const texts: ReadonlySet<unknown> = new Set(test.oneOf.map(fold));
    list.push((value) => texts.has(value));
  }
  if (test.startsWith !== undefined) {
    const starts = test.startsWith.map(fold);
    list.push((value) => typeof value === 'string' && starts.some((start) => value.startsWith(start)));
  }
  if (test.matches !== undefined) {
    const pattern = new RegExp(test.matches, test.ignoreCase === true ? 'i' : '');
    list.push((value) => typeof value === 'string' && pattern.test(value));
  }
  if (before !== undefined) list.push((value) => typeof value === 'string' && value < fold(before));
  if (olderThanDays !== undefined) list.push((value, now) => isOlder(value, olderThanDays, now));
  // A path keeps the type of the value: a text of digits is no number there, as the original server has it.
  const numberOf = (value: unknown): number =>
    test.path === undefined ? decimalOf(value) : typeof value === 'number' ? value : Number.NaN;
  if (test.wholeNumber === true) list.push((value) => Number.isInteger(numberOf(value)));
  if (atLeast !== undefined) list.push((value) => numberOf(value) >= atLeast);
  if (atMost !== undefined) list.push((value) => numberOf(value) <= atMost);
  return list;
}

/** The number that an annotation, which is always a text, writes in decimal digits; otherwise not a number. */
function decimalOf(value: unknown): number {
  return typeof value === 'string' && /^-?\d{1,15}(\.\d{1,15})?$/.test(value) ? Number(value) : Number.NaN;
}

/** The value at a path of a JSON text; undefined where there is none or the text is not JSON. */
function valueAt(text: string, path: readonly string[]): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return value;
}

/** Whether a text begins with a date, taken as midnight UTC, which is more than so many days before now. */
function isOlder(value: unknown, days: number, nowMs: number): boolean {
  const match = typeof value === 'string' ? /^(\d{4})(\d\d)(\d\d)/.exec(value) : null;
  if (match === null) return false;
  const [, year, month, day] = match;
  const time = Date.parse(`${year}-${month}-${day}T00:00:00Z`);
  // 20240231 parses as a day in March with some engines: a date that does not exist is no date.
  if (Number.isNaN(time) || new Date(time).getUTCDate() !== Number(day)) return false;
  return time < nowMs - days * DAY_MS;
}
