// The key of a crash from a minidump: that of the engine, with the same frames, lists and kinds as native text and the events of clients
// have. Its title is the signature, and the signature was its key before, so that it stays an alias.
//
// The signature remains the key where it knows more than the stack, or the stack knows nothing: out of memory, hangs, shutdowns that took
// too long (the rules of signatures name those), stacks without a single name.
import type { OwnKey } from '../crash-draft.ts';
import type { ProcessedException } from '../../report/processed-report.ts';
import { sureFrames } from '../frames.ts';
import { isEntryFunction } from '../signature/native/entry.ts';
import { hashedKey } from './hashed-key.ts';
import { keyedCrash } from './keyed-crash.ts';
import type { EngineOptions } from './seen-stack.ts';

/** Rules that make the signature from the stack, or only clean it. */
const BY_STACK =
  /^(?:SignatureGenerationRule|StackwalkerErrorSignatureRule|StackOverflowSignature|SigPrintableCharsOnly|SigFixWhitespace|SigTruncate): /;
const CHANGE = /^\w+: change signature: /;

/** What is known of the crash. */
export interface SignedCrash {
  readonly signature: string;
  /** The steps of the rules, `RuleName: text`. */
  readonly steps: readonly string[];
  readonly exceptions: readonly ProcessedException[];
  /** Null: the product keeps the keys of its signatures. */
  readonly engine: EngineOptions | null;
}

/** The key, and why. */
export function minidumpKey({ signature, steps, exceptions, engine }: SignedCrash): OwnKey {
  const key = hashedKey('S', ['native', signature]);
  const bySignature: OwnKey = { key, source: 'signature', because: 'Its signature is its key.' };
  if (engine === null || steps.some((step) => CHANGE.test(step) && !BY_STACK.test(step))) return bySignature;
  const told = exceptions.map(withoutValues);
  const sure = told.map((exception) => ({ ...exception, frames: sureFrames(exception.frames) }));
  const alias = { engine, alias: key };
  // Frames found by scanning never decide while others do, and the entry of the program decides nothing.
  return (
    keyByStack(sure, alias, (frame) => !isEntryFunction(frame)) ??
    keyByStack(told, alias, () => true) ??
    bySignature
  );
}

/** The engine's key; null where it holds no function that says something. */
function keyByStack(
  exceptions: readonly ProcessedException[],
  { engine, alias }: { readonly engine: EngineOptions; readonly alias: string },
  says: (frame: string) => boolean,
): OwnKey | null {
  const crash = { language: 'native', exceptions, isClaimedByClient: false };
  const { ownKey } = keyedCrash(crash, { engine, aliases: [alias] });
  const named = ownKey.parts?.frames ?? [];
  // A module says where the code is from and not which code it is.
  const isNamed = named.some((frame) => says(frame) && !isModule(frame, exceptions));
  return ownKey.source === 'stack' && isNamed ? ownKey : null;
}

/** The kind says whether an address was read or written, the message at which address. */
function withoutValues(exception: ProcessedException): ProcessedException {
  return { ...exception, message: /^(?:EXC|SIG|0x)/.test(exception.message) ? '' : exception.message };
}

function isModule(frame: string, exceptions: readonly ProcessedException[]): boolean {
  return exceptions.some(({ frames }) =>
    frames.some(
      ({ function: called, module }) => called === null && module !== null && module.endsWith(frame),
    ),
  );
}
