// A product's grouping rules, which are data, made ready for use. Their expressions come from people and may be slow on some
// texts: subjects are bounded, and whoever runs rules does so in a thread with a time limit.
import { patternExpression } from '../../base/pattern.ts';
import type { GroupingRule } from '../../store/bugs.ts';

const MAX_RULES = 200;
const MAX_PATTERN_LENGTH = 500;
const MAX_KEY_LENGTH = 1000;
const MAX_SUBJECT_LENGTH = 2000;

/** What a rule looks at. */
export interface RuleSubject {
  readonly kind: string;
  readonly signature: string;
  readonly message: string;
  readonly frames: readonly string[];
  readonly annotations: Readonly<Record<string, unknown>>;
}

/** A rule ready for use. */
export interface CompiledGroupingRule {
  readonly name: string;
  readonly applies: (subject: RuleSubject) => boolean;
  /** The key that the rule gives to a crash that it applies to. */
  readonly key: (subject: RuleSubject) => string;
}

type Matcher = (text: string) => boolean;

/** Compiles rules in their order. One that cannot be used is left out and named in `problems`. */
export function compileGroupingRules(rules: readonly GroupingRule[]): {
  readonly rules: readonly CompiledGroupingRule[];
  readonly problems: readonly string[];
} {
  const compiled: CompiledGroupingRule[] = [];
  const problems: string[] = [];
  if (rules.length > MAX_RULES) problems.push(`only the first ${MAX_RULES} grouping rules are used`);
  for (const rule of rules.slice(0, MAX_RULES)) {
    try {
      compiled.push(compileRule(rule));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      problems.push(`grouping rule "${rule.name}" is left out: ${reason.slice(0, 200)}`);
    }
  }
  return { rules: compiled, problems };
}

function compileRule({ name, when, key }: GroupingRule): CompiledGroupingRule {
  const conditions: ((subject: RuleSubject) => boolean)[] = [];
  const { kind, signature, message, frame, annotation } = when;
  if (kind !== undefined) conditions.push((subject) => subject.kind === kind.trim().toLowerCase());
  if (signature !== undefined) {
    const matches = matcher(signature);
    conditions.push((subject) => matches(subject.signature));
  }
  if (message !== undefined) {
    const matches = matcher(message);
    conditions.push((subject) => matches(subject.message));
  }
  if (frame !== undefined) {
    const matches = matcher(frame);
    conditions.push((subject) => subject.frames.some((text) => matches(text)));
  }
  for (const [annotationName, expected] of Object.entries(annotation ?? {})) {
    const matches = matcher(expected);
    conditions.push((subject) => {
      const value = annotationText(subject, annotationName);
      return value !== null && matches(value);
    });
  }
  return {
    name,
    applies: (subject) => conditions.every((holds) => holds(subject)),
    key: (subject) => filled(key, subject) || name,
  };
}

/** A case-insensitive part of a text, or `/expression/` with the flags `i`, `m`, `s`, `u` behind it. */
function matcher(pattern: string): Matcher {
  if (pattern.length > MAX_PATTERN_LENGTH)
    throw new Error(`a pattern is longer than ${MAX_PATTERN_LENGTH} characters`);
  const expression = patternExpression(pattern);
  if (expression === null) {
    const wanted = pattern.toLowerCase();
    return (text) => text.slice(0, MAX_SUBJECT_LENGTH).toLowerCase().includes(wanted);
  }
  return (text) => expression.test(text.slice(0, MAX_SUBJECT_LENGTH));
}

function filled(template: string, subject: RuleSubject): string {
  return template
    .replace(
      /\{(signature|kind|message|annotation\.([^{}]{1,200}))\}/g,
      (_all, what: string, name?: string) => {
        if (name !== undefined) return annotationText(subject, name) ?? '';
        if (what === 'signature') return subject.signature;
        return what === 'kind' ? subject.kind : subject.message.slice(0, MAX_SUBJECT_LENGTH);
      },
    )
    .trim()
    .slice(0, MAX_KEY_LENGTH);
}

function annotationText({ annotations }: RuleSubject, name: string): string | null {
  const value = Object.hasOwn(annotations, name) ? annotations[name] : null;
  return typeof value === 'string' ? value : null;
}
