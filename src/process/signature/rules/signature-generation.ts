// The signature proper: from a Java trace, a structured Java exception, or the crashing thread's native frames.
import {
  type CrashData,
  type CrashFrame,
  type CrashThread,
  crashingThread,
  threadAt,
} from '../crash-data.ts';
import { javaExceptionSignature } from '../java-exception-signature.ts';
import { javaSignature } from '../java-signature.ts';
import { isEntryFunction } from '../native/entry.ts';
import { frameList } from '../native/frame-list.ts';
import { walkFrames } from '../native/signature-walk.ts';
import type { SignatureMode } from '../mode.ts';
import type { RuleOutcome, SignatureContext, SignatureRule } from '../signature-rule.ts';

/** Makes the signature; the rules after it adorn or replace it. */
export const signatureGeneration: SignatureRule = {
  name: 'SignatureGenerationRule',
  applies: () => true,
  act: (crashData, _signature, context) => generateFromStack(crashData, crashingThread(crashData), context),
};

/** The signature of one thread, unless the crash is Java's. */
export function generateFromStack(
  crashData: CrashData,
  thread: number,
  context: SignatureContext,
): RuleOutcome {
  if (isTruthy(crashData.java_stack_trace)) {
    const { signature, notes } = javaSignature(
      context.messages ? crashData.java_stack_trace : withoutDescription(crashData.java_stack_trace),
    );
    return { signature, notes, explanation: ['using JavaSignatureTool'] };
  }
  if (isTruthy(crashData.java_exception)) {
    const { signature, notes } = javaExceptionSignature(crashData.java_exception);
    return { signature, notes, explanation: ['using JavaExceptionSignatureTool'] };
  }
  const { mode, lists } = context;
  const options = { mode, lineNumbers: lists.lineNumbers, lowerCaseModules: crashData.os === 'Windows NT' };
  const whole = threadAt(crashData, thread);
  const frames = frameList(whole, options);
  const sure = mode === 'socorro' ? null : withoutGuesses(whole);
  const walkedSure = sure === null ? null : walkFrames(frameList(sure, options), lists, { mode, thread });
  const decisive = walkedSure?.decisive ?? null;
  const decides = decisive !== null && !isEntryFunction(decisive);
  const walked = walkedSure !== null && decides ? walkedSure : walkFrames(frames, lists, { mode, thread });
  const guesses =
    sure === null
      ? []
      : [
          decides
            ? 'frames found by scanning are left out: others name the crash'
            : 'frames found by scanning are looked at: no other frame names the crash',
        ];
  const outcome: RuleOutcome = {
    signature: walked.signature,
    notes: walked.notes,
    explanation: [...madeFrom(mode, thread), ...guesses, ...walked.explanation],
  };
  return frames.length === 0
    ? outcome
    : { ...outcome, protoSignature: frames.join(' | '), normalizedFrames: frames };
}

/** The thread without frames that were found by scanning, which are guesses; null where there are none of these. */
function withoutGuesses(thread: CrashThread | null): CrashThread | null {
  const frames = Array.isArray(thread?.frames) ? (thread.frames as readonly CrashFrame[]) : [];
  const sure = frames.filter(({ trust }) => trust !== 'scan');
  return sure.length === frames.length || thread === null ? null : { ...thread, frames: sure };
}

/** The class of a trace and its frames: messages can go on over several lines. */
function withoutDescription(trace: unknown): unknown {
  if (typeof trace !== 'string') return trace;
  const [first = '', ...further] = trace.split('\n');
  return [`${first.split(':', 1)[0] ?? ''}:`, ...further.filter((line) => /^\s*at /.test(line))].join('\n');
}

/** What the signature is made from; in `socorro` mode in the words that its debug log has. */
function madeFrom(mode: SignatureMode, thread: number): readonly string[] {
  if (mode === 'socorro') return ['using CSignatureTool', 'using included signature lists'];
  return [`made from the native frames of thread ${thread}`];
}

/** Python's truth: an empty text, list or object is none. */
function isTruthy(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}
