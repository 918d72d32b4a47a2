// Rules that an installation writes as data (`PROCESSING_RULES`), for what only its own annotations mean.
import { shownText } from '../../report/crashkit/json-object.ts';
import type { ProcessingRule, RuleInput, Values } from '../rule.ts';
import { textAt, valueAt } from '../rule.ts';

/** A condition on one value: an annotation, or something that earlier rules found (dotted path). */
export interface DataCondition {
  readonly from: 'annotation' | 'found';
  readonly key: string;
  readonly is: 'present' | 'absent' | 'equal to' | 'one of' | 'starting with';
  readonly value?: string | readonly string[];
}

/** What to set a field to: a text in which `{annotation:Key}` and `{found:key}` stand for values. */
export interface DataRule {
  readonly name: string;
  /** All must hold. */
  readonly when: readonly DataCondition[];
  readonly set: Readonly<Record<string, string>>;
  readonly note?: string;
}

const MAX_RULES = 200;
const MAX_TEXT = 1000;

const MAX_FAULTS = 10;

/** Checks rules that came out of JSON. */
export function checkDataRules(
  value: unknown,
):
  | { readonly ok: true; readonly value: readonly DataRule[] }
  | { readonly ok: false; readonly wrong: string } {
  if (!Array.isArray(value)) return { ok: false, wrong: 'is not a list of rules' };
  if (value.length > MAX_RULES) return { ok: false, wrong: `has more than ${MAX_RULES} rules` };
  const faults = value.flatMap((entry: unknown, index) => {
    const problem = problemOf(entry);
    return problem === null ? [] : [`rule ${index + 1} ${problem}`];
  });
  if (faults.length === 0) return { ok: true, value: value as readonly DataRule[] };
  const shown = faults.slice(0, MAX_FAULTS).join('; ');
  return { ok: false, wrong: `is not understood: ${shown}${faults.length > MAX_FAULTS ? '; and more' : ''}` };
}

/** Turns a checked entry into a rule. */
export function compileDataRule({ name, when, set, note }: DataRule): ProcessingRule {
  return {
    name,
    shown: true,
    applies: (input) => when.every((condition) => holds(condition, input)),
    act: (input) => ({
      found: Object.fromEntries(Object.entries(set).map(([key, template]) => [key, filled(template, input)])),
      notes: note === undefined ? [] : [filled(note, input)],
    }),
  };
}

function holds({ from, key, is, value }: DataCondition, input: RuleInput): boolean {
  const actual = from === 'annotation' ? input.annotations[key] : valueAt(input.found, key);
  const isPresent = actual !== undefined && actual !== null && actual !== '';
  if (is === 'present') return isPresent;
  if (is === 'absent') return !isPresent;
  if (!isPresent) return false;
  const text = shownText(actual);
  if (is === 'one of') return Array.isArray(value) && value.includes(text);
  if (typeof value !== 'string') return false;
  return is === 'starting with' ? text.startsWith(value) : text === value;
}

function filled(template: string, { annotations, found }: RuleInput): string {
  const text = template.replace(
    /\{(annotation|found):([^{}]{1,200})\}/g,
    (_all, from: string, key: string) => {
      const value = from === 'annotation' ? annotations[key] : valueAt(found, key);
      return value === undefined || value === null ? '' : shownText(value);
    },
  );
  return text.slice(0, MAX_TEXT);
}

function problemOf(entry: unknown): string | null {
  const when = valueAt(entry, 'when');
  const set = valueAt(entry, 'set');
  const note = valueAt(entry, 'note');
  if (!textAt(entry, 'name')) return 'has no name';
  if (!Array.isArray(when) || !when.every((condition) => isCondition(condition)))
    return '"when" must be a list of conditions';
  if (typeof set !== 'object' || set === null || Array.isArray(set)) return '"set" must be an object';
  if (!Object.values(set as Values).every((template) => typeof template === 'string'))
    return '"set" must hold texts';
  return note === undefined || typeof note === 'string' ? null : '"note" must be a text';
}

function isCondition(condition: unknown): boolean {
  const from = valueAt(condition, 'from');
  const is = valueAt(condition, 'is');
  if ((from !== 'annotation' && from !== 'found') || !textAt(condition, 'key')) return false;
  const value = valueAt(condition, 'value');
  if (is === 'present' || is === 'absent') return true;
  if (is === 'one of') return Array.isArray(value) && value.every((item) => typeof item === 'string');
  return (is === 'equal to' || is === 'starting with') && typeof value === 'string';
}
