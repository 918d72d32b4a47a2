// A watchdog that killed a program whose main thread hung.
import { generateFromStack } from './signature-generation.ts';
import type { SignatureRule } from '../signature-rule.ts';

/** Makes the signature anew from thread 0, which hung: the crashing thread is the watchdog's own. */
export const runWatchdog: SignatureRule = {
  name: 'SignatureRunWatchDog',
  applies: (_crashData, signature) => signature.includes('RunWatchdog'),
  act: (crashData, _signature, context) => {
    const outcome = generateFromStack(crashData, 0, context);
    return { ...outcome, signature: `shutdownhang | ${outcome.signature ?? ''}` };
  },
};
