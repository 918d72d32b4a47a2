// Says why there are no frames.
import type { SignatureRule } from '../signature-rule.ts';

/** Appends the stack walker's status to a signature that says `EMPTY`. */
export const stackwalkerError: SignatureRule = {
  name: 'StackwalkerErrorSignatureRule',
  applies: ({ mdsw_status_string: status }, signature) => signature.startsWith('EMPTY') && Boolean(status),
  act: ({ mdsw_status_string: status }, signature) => ({ signature: `${signature}; ${status ?? ''}` }),
};
