// Signatures have an end.
import type { SignatureRule } from '../signature-rule.ts';
import { characters, firstCharacters } from '../signature-text.ts';

/** The longest signature, in characters. */
export const MAX_SIGNATURE_LENGTH = 255;

/** Cuts what is longer. */
export const truncate: SignatureRule = {
  name: 'SigTruncate',
  applies: (_crashData, signature) => characters(signature) > MAX_SIGNATURE_LENGTH,
  act: (_crashData, signature) => ({
    signature: `${firstCharacters(signature, MAX_SIGNATURE_LENGTH - 3)}...`,
    notes: ['SigTrunc: signature truncated due to length'],
  }),
};
