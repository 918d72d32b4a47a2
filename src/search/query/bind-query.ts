// Binds a query to the keys that exist and that the reader may see, and its operands to what the keys hold. A key outside of them does
// not exist: whether it was ever sent cannot be told.
import { crashIdBeginning } from '../../report/crash-id.ts';
import { compareVersions } from '../../report/version-order.ts';
import type { CompareVersions } from '../../report/version-schemes.ts';
import {
  BUG_FIELD,
  FIELDS,
  FIELD_SECTION,
  NAMES_A_USER,
  SAID_BY,
  WORD_FIELDS,
  fieldNamed,
} from '../fields.ts';
import type { Field, FieldKind, FieldName } from '../fields.ts';
import { numberOf, spanOf } from './operands.ts';
import type { Span } from './operands.ts';
import { QueryError, orFault } from './query-fault.ts';
import type { QueryFault } from './query-fault.ts';
import type { Clause, Condition, Query, Word } from './query-tree.ts';

/** Whether one value fulfils a condition; numbers that stand as text are given as text. */
export interface Test {
  readonly text: (value: string) => boolean;
  readonly number: (value: number) => boolean;
  /** Where a number fulfils it exactly when it lies between these, ends included. */
  readonly range?: { readonly least: number; readonly greatest: number };
}

/** A query whose keys are numbers. `keys`: the value of any of them. */
export type BoundQuery =
  | { readonly is: 'test'; readonly keys: readonly number[]; readonly test: Test }
  /** A test of versions, which each product orders itself. */
  | {
      readonly is: 'ordered';
      readonly keys: readonly number[];
      readonly test: (order: CompareVersions) => Test;
    }
  | { readonly is: 'present'; readonly keys: readonly number[] }
  | { readonly is: 'not'; readonly of: BoundQuery }
  | { readonly is: 'and' | 'or'; readonly of: readonly BoundQuery[] };

/** The keys that a reader knows. */
export interface KnownKeys {
  /** Numbers of the keys of reports with this name, in a section or in any. Fields are not among them. */
  readonly reported: (name: string, section: string | null) => readonly number[];
  /** What names users in the products that are searched, beside the usual names: an annotation, or `section.name`. */
  readonly namesUsers?: () => readonly string[];
  /** Numbers of the reports of the searched products whose crash id begins so, at most so many, with the times at which they arrived; a crash id is found without looking at rows. */
  readonly reportsOf?: (
    beginning: string,
    limit: number,
  ) => readonly { readonly report: number; readonly receivedAt: number }[];
}

export type Bound = { readonly query: BoundQuery } | { readonly fault: QueryFault };

const DAY_MS = 86_400_000;

/** `now`: milliseconds since 1970, for `-7d` and `today`. */
export function bindQuery(query: Query, keys: KnownKeys, now: number): Bound {
  return orFault(() => ({ query: bind(query, { keys, now }) }));
}

interface Context {
  readonly keys: KnownKeys;
  readonly now: number;
}

function bind(query: Query, context: Context): BoundQuery {
  switch (query.is) {
    case 'clause':
      return query.key === 'has' ? bindPresent(query, context) : bindClause(query, context);
    case 'word':
      return bindWord(query, context);
    case 'not':
      return { is: 'not', of: bind(query.of, context) };
    default:
      return { is: query.is, of: query.of.map((part) => bind(part, context)) };
  }
}

/** Numbers of the keys that a name stands for, and what they hold. */
export function keysNamed(
  name: string,
  keys: KnownKeys,
): { readonly keys: readonly number[]; readonly kind: FieldKind } {
  const dot = name.indexOf('.');
  const [section, rest] = dot < 0 ? [null, name] : [name.slice(0, dot), name.slice(dot + 1)];
  const field: Field | undefined =
    section === null || section === FIELD_SECTION ? fieldNamed(rest) : undefined;
  if (field !== undefined) {
    const others = (SAID_BY[rest as FieldName] ?? []).flatMap((other) => keys.reported(other, null));
    return { keys: [field.key, ...others], kind: field.kind };
  }
  const found = section === null ? [] : keys.reported(rest, section);
  // A name may have a dot of its own.
  return { keys: found.length > 0 ? found : keys.reported(name, null), kind: 'text' };
}

function known(name: string, at: number, context: Context): ReturnType<typeof keysNamed> {
  const found = keysNamed(name, context.keys);
  if (found.keys.length === 0) throw new QueryError(`No report has a "${name}".`, at);
  return found;
}

function bindPresent(clause: Clause, context: Context): BoundQuery {
  const of = clause.conditions.map((condition): BoundQuery => {
    if (condition.op !== 'equals') throw new QueryError('"has:" takes the name of a key.', clause.at);
    return { is: 'present', keys: known(condition.text, clause.at, context).keys };
  });
  return { is: 'or', of };
}

function bindClause(clause: Clause, context: Context): BoundQuery {
  const { keys, kind } = byName(clause, context.keys) ?? known(clause.key, clause.at, context);
  const many = equalToAny(clause, kind);
  if (many !== null) return { is: 'test', keys, test: many };
  const testBy = (order: CompareVersions): Test =>
    anyOf(clause.conditions.map((condition) => testOf(condition, { kind, order }, clause, context.now)));
  return keys.includes(FIELDS.version.key)
    ? { is: 'ordered', keys, test: testBy }
    : { is: 'test', keys, test: testBy(compareVersions) };
}

/** `user:#12` is a number that everybody sees; `user:marta` is looked for in what names users, by those who see it. Null: a number, or nobody's name. */
function byName({ key, conditions }: Clause, keys: KnownKeys): ReturnType<typeof keysNamed> | null {
  if (fieldNamed(key) !== FIELDS.user || conditions.every(isNumber)) return null;
  const named = [
    ...NAMES_A_USER.flatMap((name) => keys.reported(name, 'user')),
    ...keys.reported('user', null),
    ...(keys.namesUsers?.() ?? []).flatMap((name) => keysReported(name, keys)),
  ];
  return named.length === 0 ? null : { keys: named, kind: 'text' };
}

/** The keys of a name, or of `section.name`. */
function keysReported(name: string, keys: KnownKeys): readonly number[] {
  const found = keys.reported(name, null);
  const dot = name.indexOf('.');
  return found.length > 0 || dot < 0 ? found : keys.reported(name.slice(dot + 1), name.slice(0, dot));
}

function isNumber(condition: Condition): boolean {
  return condition.op === 'equals' && numberOf(condition.text.replace(/^#/, '')) !== null;
}

/** Many values that are compared as a whole are looked up, not tried one after the other; null: they are others. */
function equalToAny(clause: Clause, kind: FieldKind): Test | null {
  const texts = clause.conditions.flatMap((condition) => (condition.op === 'equals' ? [condition.text] : []));
  if (texts.length < 2 || texts.length < clause.conditions.length) return null;
  if (kind === 'number' || kind === 'id') {
    const numbers = new Set(texts.map((text) => numberOperand(text, clause)));
    return numberTest((value) => numbers.has(value));
  }
  if (kind === 'time' || kind === 'day') return null;
  const words = new Set(texts.map(folded));
  return textTest('', (value) => words.has(value));
}

function anyOf(tests: readonly Test[]): Test {
  const [only] = tests;
  if (tests.length === 1 && only !== undefined) return only;
  return {
    text: (value) => tests.some(({ text }) => text(value)),
    number: (value) => tests.some(({ number }) => number(value)),
  };
}

/** So many characters of a crash id are what Mayday shows of it; where a report has them, it is meant. */
const SHORT_ID = 8;

/** Reports that a beginning is looked up as. */
const MAX_REPORTS = 100;

function bindWord({ text }: Word, { keys }: Context): BoundQuery {
  const bug = /^#(\d{1,12})$/.exec(text)?.[1];
  if (bug !== undefined)
    return { is: 'test', keys: [BUG_FIELD.key], test: numberTest((value) => value === Number(bug)) };
  const contains = textTest(folded(text), (value, wanted) => value.includes(wanted));
  const words: BoundQuery = { is: 'test', keys: WORD_FIELDS.map((name) => FIELDS[name].key), test: contains };
  const id = crashIdBeginning(text);
  if (id === null) return words;
  const reports = keys.reportsOf?.(id, MAX_REPORTS) ?? [];
  const areAll = reports.length < MAX_REPORTS;
  if (areAll && reports.length > 0 && id.length >= SHORT_ID) return oneOfReports(reports);
  // Fewer than were asked for are all that there are: the column of crash ids, the largest of all, need not be read.
  if (reports.length === 0 && keys.reportsOf !== undefined) return words;
  if (areAll && reports.length > 0) return { is: 'or', of: [oneOfReports(reports), words] };
  const test = textTest(id, (value, wanted) => value.startsWith(wanted));
  const begins: BoundQuery = { is: 'test', keys: [FIELDS.crash_id.key], test };
  return reports.length > 0 && id.length >= SHORT_ID ? begins : { is: 'or', of: [begins, words] };
}

/** The time that they arrived in goes first: most rows need not be looked at then. */
function oneOfReports(
  reports: readonly { readonly report: number; readonly receivedAt: number }[],
): BoundQuery {
  const numbers = new Set(reports.map(({ report }) => report));
  const times = reports.map(({ receivedAt }) => receivedAt);
  return {
    is: 'and',
    of: [
      {
        is: 'test',
        keys: [FIELDS.received.key],
        test: rangeTest(Math.min(...times), Math.max(...times)),
      },
      { is: 'test', keys: [FIELDS.report.key], test: numberTest((value) => numbers.has(value)) },
    ],
  };
}

/** What the values of a key are, and the order of those that are versions. */
interface Values {
  readonly kind: FieldKind;
  readonly order: CompareVersions;
}

function testOf(condition: Condition, values: Values, clause: Clause, now: number): Test {
  switch (condition.op) {
    case 'contains':
      return textTest(folded(condition.text), (value, wanted) => value.includes(wanted));
    case 'starts':
      return textTest(folded(condition.text), (value, wanted) => value.startsWith(wanted));
    case 'ends':
      return textTest(folded(condition.text), (value, wanted) => value.endsWith(wanted));
    case 'like':
      return likeTest(condition.text);
    case 'regex':
      return regexTest(condition.text);
    case 'equals':
      return equalsTest(condition.text, values.kind, clause, now);
    case 'between':
      return betweenTest(condition, values, clause, now);
    default:
      return compareTest(condition.op, condition.text, values, clause, now);
  }
}

/** Case does not count, in any operator. */
function folded(text: string): string {
  return text.toLowerCase();
}

function textTest(wanted: string, holds: (value: string, wanted: string) => boolean): Test {
  const text = (value: string): boolean => holds(folded(value), wanted);
  return { text, number: (value) => text(String(value)) };
}

/** For values that are numbers, also where they stand as text. */
function numberTest(holds: (value: number) => boolean): Test {
  return {
    number: holds,
    text: (value) => {
      const number = value.trim() === '' ? NaN : Number(value);
      return !Number.isNaN(number) && holds(number);
    },
  };
}

/** Stars stand for any characters. Found piece by piece, so that no text makes it slow. */
function likeTest(pattern: string): Test {
  const pieces = folded(pattern).split('*');
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  const middle = pieces.slice(1, -1);
  return textTest('', (value) => {
    if (value.length < first.length + last.length || !value.startsWith(first) || !value.endsWith(last))
      return false;
    let at = first.length;
    for (const piece of middle) {
      const found = value.indexOf(piece, at);
      if (found < 0) return false;
      at = found + piece.length;
    }
    return at <= value.length - last.length;
  });
}

function regexTest(source: string): Test {
  const regex = new RegExp(source, 'iu');
  return { text: (value) => regex.test(value), number: (value) => regex.test(String(value)) };
}

function equalsTest(text: string, kind: FieldKind, clause: Clause, now: number): Test {
  switch (kind) {
    case 'number':
    case 'id': {
      const number = numberOperand(text, clause);
      return rangeTest(number, number);
    }
    case 'time':
    case 'day': {
      const { first, last } = spanOperand(text, kind, clause, now);
      return rangeTest(first, last);
    }
    default:
      return textTest(folded(text), (value, wanted) => value === wanted);
  }
}

function compareTest(
  op: '<' | '<=' | '>' | '>=',
  text: string,
  { kind, order }: Values,
  clause: Clause,
  now: number,
): Test {
  if (kind === 'version') return versionTest((value) => holds(op, order(value, text)));
  if (kind === 'time' || kind === 'day') {
    const { first, last } = spanOperand(text, kind, clause, now);
    // After a day means after its end, until it includes it.
    return comparisonTest(op, op === '>' || op === '<=' ? last : first);
  }
  return comparisonTest(op, numberOperand(text, clause));
}

function comparisonTest(op: '<' | '<=' | '>' | '>=', edge: number): Test {
  if (op === '<=') return rangeTest(Number.NEGATIVE_INFINITY, edge);
  if (op === '>=') return rangeTest(edge, Number.POSITIVE_INFINITY);
  return numberTest((value) => holds(op, value - edge));
}

/** For numbers between two, both included. */
function rangeTest(least: number, greatest: number): Test {
  return { ...numberTest((value) => value >= least && value <= greatest), range: { least, greatest } };
}

function betweenTest(
  { from, to }: { readonly from: string; readonly to: string },
  values: Values,
  clause: Clause,
  now: number,
): Test {
  const ends: Test[] = [];
  if (from !== '') ends.push(compareTest('>=', from, values, clause, now));
  if (to !== '') ends.push(compareTest('<=', to, values, clause, now));
  if (ends.every(({ range }) => range !== undefined)) {
    return rangeTest(
      Math.max(...ends.map(({ range }) => range?.least ?? Number.NEGATIVE_INFINITY)),
      Math.min(...ends.map(({ range }) => range?.greatest ?? Number.POSITIVE_INFINITY)),
    );
  }
  return {
    text: (value) => ends.every((end) => end.text(value)),
    number: (value) => ends.every((end) => end.number(value)),
  };
}

function versionTest(holds: (value: string) => boolean): Test {
  return { text: holds, number: (value) => holds(String(value)) };
}

function holds(op: '<' | '<=' | '>' | '>=', difference: number): boolean {
  switch (op) {
    case '<':
      return difference < 0;
    case '<=':
      return difference <= 0;
    case '>':
      return difference > 0;
    default:
      return difference >= 0;
  }
}

function numberOperand(text: string, { key, at }: Clause): number {
  const number = numberOf(text.startsWith('#') ? text.slice(1) : text);
  if (number === null) throw new QueryError(`"${text}" is no number; "${key}" is compared with numbers.`, at);
  return number;
}

function spanOperand(text: string, kind: 'time' | 'day', { key, at }: Clause, now: number): Span {
  const span = spanOf(text, now);
  if (span === null) {
    throw new QueryError(
      `"${text}" is no time for "${key}": take 2026-11-20, 2026-11-20T14:00Z, -7d or today.`,
      at,
    );
  }
  if (kind === 'time') return span;
  return { first: Math.floor(span.first / DAY_MS), last: Math.floor(span.last / DAY_MS) };
}
