// Crashes that the machine caused.
import type { SignatureRule } from '../signature-rule.ts';

const REASONS = ['STATUS_DEVICE_DATA_ERROR'];

/** Prepends `bad hardware` where the reason says that a device returned an error. */
export const badHardware: SignatureRule = {
  name: 'BadHardware',
  applies: ({ reason }) => typeof reason === 'string' && REASONS.some((part) => reason.includes(part)),
  act: (_crashData, signature) => ({ signature: `bad hardware | ${signature}` }),
};
