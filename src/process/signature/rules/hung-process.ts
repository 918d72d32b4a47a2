// Programs that were ended because they did not answer.
import type { SignatureRule } from '../signature-rule.ts';

/** Prepends `hang` and its kind. */
export const hungProcess: SignatureRule = {
  name: 'HungProcess',
  applies: ({ hang }) => hang !== null && hang !== undefined,
  act: ({ hang }, signature) => ({ signature: `hang: ${String(hang)} | ${signature}` }),
};
