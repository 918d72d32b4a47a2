// What the engine gives to a crash, in the form in which crashes are filed.
import type { CrashDraft } from '../crash-draft.ts';
import { MAX_SIGNATURE_LENGTH } from '../signature/rules/truncate.ts';
import { collapseSpace, firstCharacters, strip } from '../signature/signature-text.ts';
import { type CrashKey, crashKey, keyWithCaller, keyWords } from './crash-key.ts';
import { hashedKey } from './hashed-key.ts';
import type { EngineOptions } from './seen-stack.ts';
import type { StackedCrash } from './stacked-crash.ts';

/** Key, title and why, of a crash with stacks. */
export function keyedCrash(
  crash: StackedCrash,
  { engine, aliases }: { readonly engine: EngineOptions; readonly aliases: readonly string[] },
): Pick<CrashDraft, 'ownKey' | 'signature' | 'plainTitle' | 'signatureSteps'> {
  const key = crashKey(crash, engine);
  if (key === null) {
    return {
      signature: `EMPTY: no ${crash.language} exception in the text`,
      plainTitle: null,
      signatureSteps: ['The crash holds no exception.'],
      ownKey: {
        key: hashedKey('K0.', [crash.language]),
        source: 'signature',
        because: 'The crash holds no exception.',
        aliases,
      },
    };
  }
  // What people declare takes effect at once: a crash that it files otherwise does not follow its old keys.
  const follows = engine.undeclared === null || crashKey(crash, engine.undeclared)?.key === key.key;
  // What was learned is for new bugs: such a crash had another key before.
  const before = usesLearned(key) ? crashKey(crash, engine.unlearned ?? undefined)?.key : undefined;
  const caller = keyWithCaller(key);
  return {
    signature: finishedTitle(key.title),
    plainTitle: key.plainTitle === key.title ? null : finishedTitle(key.plainTitle),
    signatureSteps: key.steps,
    ownKey: {
      key: key.key,
      source: key.frames.length === 0 ? 'signature' : 'stack',
      because: key.because,
      aliases: follows ? [...(before === undefined || before === key.key ? [] : [before]), ...aliases] : [],
      ...(caller !== null && { caller }),
      ...(key.home !== null && { home: key.home }),
      parts: keyWords(key),
    },
  };
}

function usesLearned({ frames }: CrashKey): boolean {
  return frames.some(({ learned }) => learned !== undefined);
}

/** Words of plain letters with single blanks between them, which most titles are. */
const FINISHED = /^[!-~]+(?: [!-~]+)*$/;

/** Control characters go, white space is collapsed, and there is an end. Other alphabets stay: class names use them. */
export function finishedTitle(text: string): string {
  if (text.length <= MAX_SIGNATURE_LENGTH && FINISHED.test(text)) return text;
  const clean = strip(collapseSpace(text.replace(/[\u0000-\u0008\u000e-\u001f\u007f]/g, '')));
  if (clean === '') return 'unknown';
  if (clean.length <= MAX_SIGNATURE_LENGTH) return clean;
  return `${firstCharacters(clean, MAX_SIGNATURE_LENGTH - 3)}...`;
}
