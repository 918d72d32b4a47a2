// Signatures are read aloud, searched for and put into URLs.
import type { SignatureRule } from '../signature-rule.ts';
import { printableOnly, strip } from '../signature-text.ts';

/** Takes out what is not printable ASCII. */
export const printableCharsOnly: SignatureRule = {
  name: 'SigPrintableCharsOnly',
  applies: () => true,
  act: (_crashData, signature) => {
    const cleaned = printableOnly(strip(signature));
    return cleaned === signature ? {} : { signature: cleaned, notes: ['unprintable characters removed'] };
  },
};
