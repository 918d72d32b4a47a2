// Runs processing rules over a report, in order.
import type { ProcessingRule, RuleInput, RuleOutcome, Values } from './rule.ts';

/** What the rules found together. */
export interface RulesResult {
  readonly annotations: Values;
  readonly found: Values;
  /** Processor notes in the order in which they were made. */
  readonly notes: readonly string[];
  /** Milliseconds by rule. */
  readonly timings: Readonly<Record<string, number>>;
}

/** Time comes in, so that results can be compared. */
export interface RunRulesOptions {
  /** Milliseconds from any origin. */
  readonly now?: () => number;
}

/** Runs the rules. One that throws becomes a note with its name and the reason, and stops nothing. */
export function runRules(
  rules: readonly ProcessingRule[],
  input: RuleInput,
  { now = () => performance.now() }: RunRulesOptions = {},
): RulesResult {
  let { annotations, found } = input;
  const notes: string[] = [];
  const timings: Record<string, number> = {};
  for (const rule of rules) {
    const started = now();
    const outcome = runRule(rule, { ...input, annotations, found });
    timings[rule.name] = (timings[rule.name] ?? 0) + now() - started;
    notes.push(...(outcome.notes ?? []));
    annotations = outcome.annotations ?? annotations;
    found = merged(found, outcome);
  }
  return { annotations, found, notes, timings };
}

function merged(found: Values, { found: added, dropped = [] }: RuleOutcome): Values {
  if (added === undefined && dropped.length === 0) return found;
  const result: Record<string, unknown> = { ...found, ...added };
  for (const key of dropped) delete result[key];
  return result;
}

function runRule(rule: ProcessingRule, input: RuleInput): RuleOutcome {
  try {
    return rule.applies === undefined || rule.applies(input) ? rule.act(input) : {};
  } catch (error) {
    return { notes: [`${rule.name}: failed: ${error instanceof Error ? error.message : String(error)}`] };
  }
}
