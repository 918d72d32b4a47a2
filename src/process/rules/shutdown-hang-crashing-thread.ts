// A hang at shutdown is a hang of the main thread, whichever thread noticed it.
import { type ProcessingRule, textAt } from '../rule.ts';

/** Sets `crashing_thread` to 0 where the signature says `shutdownhang`. */
export const shutdownHangCrashingThreadRule: ProcessingRule = {
  name: 'ShutDownHangCrashingThreadRule',
  applies: ({ found }) => textAt(found, 'signature')?.startsWith('shutdownhang') === true,
  act: () => ({ found: { crashing_thread: 0 } }),
};
