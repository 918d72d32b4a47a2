// Runs processing rules over a report, in order.
import type { ProcessingRule, RuleInput, RuleOutcome, Values } from './rule.ts';

/** What the rules found together. */
export interface RulesResult {
  readonly annotations: Values;
  readonly found: Values;
  /** What was found by rules whose findings are shown. */
  readonly shown: Values;
  /** Processor notes in the order in which they were made. */
  readonly notes: readonly string[];
  /** Milliseconds by rule, of those that took any time worth telling. */
  readonly timings: Readonly<Record<string, number>>;
}

/** Rules that took less, in milliseconds, are not listed: nobody could read forty times nothing. */
const WORTH_TELLING = 0.005;

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
  // One object that grows: a copy for each of thirty rules would cost more than most rules do.
  const found: Record<string, unknown> = { ...input.found };
  let annotations = input.annotations;
  let current: RuleInput = { ...input, found };
  const shown: Record<string, unknown> = {};
  const notes: string[] = [];
  const timings: Record<string, number> = {};
  let started = now();
  for (const rule of rules) {
    const outcome = runRule(rule, current);
    const ended = now();
    if (ended - started >= WORTH_TELLING) timings[rule.name] = (timings[rule.name] ?? 0) + ended - started;
    started = ended;
    if (outcome.notes !== undefined) notes.push(...outcome.notes);
    if (outcome.annotations !== undefined) {
      annotations = outcome.annotations;
      current = { annotations, dumps: input.dumps, found };
    }
    if (outcome.found !== undefined) {
      Object.assign(found, outcome.found);
      if (rule.shown === true) Object.assign(shown, outcome.found);
    }
    for (const key of outcome.dropped ?? []) delete found[key];
  }
  return { annotations, found, shown, notes, timings };
}

function runRule(rule: ProcessingRule, input: RuleInput): RuleOutcome {
  try {
    return rule.applies === undefined || rule.applies(input) ? rule.act(input) : {};
  } catch (error) {
    return { notes: [`${rule.name}: failed: ${error instanceof Error ? error.message : String(error)}`] };
  }
}
