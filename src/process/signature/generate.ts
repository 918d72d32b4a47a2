// Makes the signature of a crash by running the rules over it, and writes down how it came about.
import type { CrashData } from './crash-data.ts';
import { DEFAULT_LISTS } from './default-lists.ts';
import type { SignatureLists } from './lists.ts';
import type { SignatureMode } from './mode.ts';
import { SIGNATURE_RULES } from './rules/signature-rule-registry.ts';
import type { RuleOutcome, SignatureContext, SignatureRule } from './signature-rule.ts';

/** One thing that a rule did. */
export interface SignatureStep {
  readonly rule: string;
  readonly text: string;
}

/** A signature, and how it was obtained. */
export interface GeneratedSignature {
  readonly signature: string;
  /** For the processor notes, each with the rule's name before it. */
  readonly notes: readonly string[];
  /** Every decision and every change, in order: the answer to "why this signature". */
  readonly steps: readonly SignatureStep[];
  /** All normalised frames joined with ` | `, or null where there were none. */
  readonly protoSignature: string | null;
  readonly normalizedFrames: readonly string[] | null;
}

/** What a product may set. */
export interface GenerateOptions {
  readonly mode?: SignatureMode;
  /** Whether words of messages may stand in the signature; default: they may. */
  readonly messages?: boolean;
  readonly lists?: SignatureLists;
  readonly rules?: readonly SignatureRule[];
}

/** Runs the rules in order. A rule that throws becomes a note, and the next one runs. */
export function generateSignature(crashData: CrashData, options: GenerateOptions = {}): GeneratedSignature {
  const { mode = 'default', messages = true, lists = DEFAULT_LISTS, rules = SIGNATURE_RULES } = options;
  const notes: string[] = [];
  const steps: SignatureStep[] = [];
  let signature = '';
  let protoSignature: string | null = null;
  let normalizedFrames: readonly string[] | null = null;
  for (const rule of rules) {
    const outcome = runRule(rule, crashData, signature, { mode, messages, lists });
    for (const note of outcome.notes ?? []) notes.push(`${rule.name}: ${note}`);
    for (const text of [...(outcome.explanation ?? []), ...(outcome.notes ?? [])])
      steps.push({ rule: rule.name, text });
    if (outcome.signature !== undefined && outcome.signature !== signature) {
      steps.push({ rule: rule.name, text: `change signature: "${signature}" -> "${outcome.signature}"` });
      signature = outcome.signature;
    }
    protoSignature = outcome.protoSignature ?? protoSignature;
    normalizedFrames = outcome.normalizedFrames ?? normalizedFrames;
  }
  return { signature, notes, steps, protoSignature, normalizedFrames };
}

function runRule(
  rule: SignatureRule,
  crashData: CrashData,
  signature: string,
  context: SignatureContext,
): RuleOutcome {
  try {
    return rule.applies(crashData, signature) ? rule.act(crashData, signature, context) : {};
  } catch (error) {
    return { notes: [`Rule failed: ${error instanceof Error ? error.message : String(error)}`] };
  }
}
