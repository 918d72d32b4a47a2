// One blank where there was any white space.
import type { SignatureRule } from '../signature-rule.ts';
import { collapseSpace, strip } from '../signature-text.ts';

/** Trims the signature and collapses white space. */
export const fixWhitespace: SignatureRule = {
  name: 'SigFixWhitespace',
  applies: () => true,
  act: (_crashData, signature) => {
    const fixed = collapseSpace(strip(signature));
    return fixed === signature ? {} : { signature: fixed };
  },
};
