// Programs that ended themselves and said why.
import type { SignatureRule } from '../signature-rule.ts';
import { printableOnly, strip } from '../signature-text.ts';

const MARK = '###!!! ABORT:';
const MAX_LENGTH = 80;

/** Prepends `Abort` and the message, without the file and line that every build changes. */
export const abort: SignatureRule = {
  name: 'AbortSignature',
  applies: ({ abort_message: message }) => Boolean(message),
  act: ({ abort_message: sent }, signature, { messages }) => {
    const whole = String(sent);
    if (!messages || whole.includes(`${MARK} file `)) return { signature: `Abort | ${signature}` };
    const marked = whole.indexOf(MARK);
    let message = marked < 0 ? whole : whole.slice(marked + MARK.length);
    const file = message.indexOf(': file ');
    if (file >= 0) message = message.slice(0, file);
    if (message.includes('unable to find a usable font')) {
      // The name of the font follows in brackets, in the user's language.
      const open = message.indexOf('(');
      const close = message.lastIndexOf(')');
      if (open >= 0 && close >= 0) message = message.slice(0, open) + message.slice(close + 1);
    }
    message = strip(printableOnly(message));
    if (message.length > MAX_LENGTH) message = `${message.slice(0, MAX_LENGTH - 3)}...`;
    return { signature: `Abort | ${message} | ${signature}` };
  },
};
