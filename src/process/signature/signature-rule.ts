// The contract of a signature rule.
import type { CrashData } from './crash-data.ts';
import type { SignatureLists } from './lists.ts';
import type { SignatureMode } from './mode.ts';

/** What every rule may use. */
export interface SignatureContext {
  readonly mode: SignatureMode;
  /** False where the product protects messages: no word of one may stand in the signature. */
  readonly messages: boolean;
  readonly lists: SignatureLists;
}

/** What a rule hands back; what it leaves out stays as it was. */
export interface RuleOutcome {
  readonly signature?: string;
  /** For the processor notes of the report. */
  readonly notes?: readonly string[];
  /** For people who ask why: what the rule saw. */
  readonly explanation?: readonly string[];
  readonly protoSignature?: string;
  readonly normalizedFrames?: readonly string[];
}

/**
 * One step in the making of a signature. `applies` is asked first, with the signature so far; `act` is called only
 * where it said true. Neither changes its arguments. Either may throw: the generator notes it and goes on.
 */
export interface SignatureRule {
  /** Socorro's name of the rule, which notes begin with. */
  readonly name: string;
  readonly applies: (crashData: CrashData, signature: string) => boolean;
  readonly act: (crashData: CrashData, signature: string, context: SignatureContext) => RuleOutcome;
}
