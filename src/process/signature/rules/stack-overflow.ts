// Recursion without end.
import type { SignatureRule } from '../signature-rule.ts';

/** Prepends `stackoverflow` where the reason says so. */
export const stackOverflow: SignatureRule = {
  name: 'StackOverflowSignature',
  applies: ({ reason }) => reason === 'EXCEPTION_STACK_OVERFLOW',
  act: (_crashData, signature) => ({ signature: `stackoverflow | ${signature}` }),
};
