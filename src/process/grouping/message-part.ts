// The message as far as it is part of a key: where frames say little, and for kinds whose message is the thing itself.
import { firstLine, foldedMessage } from './message-values.ts';
import type { SeenFrame } from './seen-stack.ts';
import type { GroupingException } from './stacked-crash.ts';

/** What it depends on. */
export interface MessageContext {
  readonly kind: string;
  readonly family: string;
  readonly chosen: readonly SeenFrame[];
  readonly steps: string[];
}

/** Kinds whose message names the thing that is missing or wrong: the file that is compiled, the module that is imported. */
const NAMED_BY_MESSAGE =
  /^(?:.*\.)?(?:SyntaxError|IndentationError|TabError|ModuleNotFoundError|ImportError|LoadError|NoClassDefFoundError|ClassNotFoundException|UnsatisfiedLinkError|DllNotFoundException|FileLoadException)$/;
const ASSERTION = /^(?:assertion failed|Assertion|CSA_\w{1,30} failed|SIGABRT: assertion)/;

/** The message as far as it is part of the key, or null. */
export function messagePart(
  { message }: GroupingException,
  { kind, family, chosen, steps }: MessageContext,
): string | null {
  const line = firstLine(message);
  if (line === '') return null;
  if (ASSERTION.test(kind) && family === 'native') {
    steps.push('An assertion is known by its expression.');
    return line.replace(/\s+/g, ' ').slice(0, 300);
  }
  if (NAMED_BY_MESSAGE.test(kind)) {
    steps.push('For this kind the message says what is missing or wrong.');
    return line
      .replace(/(?<![\w.])\/[^\s'"]*\//g, '')
      .replace(/\bline \d+\b/g, 'line')
      .slice(0, 300);
  }
  const says = chosen.some(({ tier, name }) => tier !== 'run-time' && !name.isVague);
  if (says) return null;
  const { text, kinds } = foldedMessage(message);
  steps.push(
    chosen.length === 0
      ? 'There is no frame, so the message is compared.'
      : 'The frames say little, so the message is compared, too.',
  );
  if (kinds.length > 0) steps.push(`What differs from crash to crash is left out: ${kinds.join(', ')}.`);
  return text;
}
