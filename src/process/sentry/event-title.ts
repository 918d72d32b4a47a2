// The title of an event: what somebody who knows the program recognises it by.
import type { EventMessage } from '../../report/sentry/event-summary.ts';
import type { EventException } from './event-model.ts';

const MAX_TITLE = 255;

/**
 * `type: first line of value`. A synthetic exception is a signal or a thrown text that got a type only because it needed one:
 * native, the function that crashed names it where it is known; elsewhere its value alone.
 */
export function eventTitle(
  exception: EventException | null,
  message: EventMessage | null,
  { isNative }: { readonly isNative: boolean },
): string {
  if (exception === null) return bounded(firstLine(message?.text ?? '')) || '(no message)';
  const { type, value, mechanism, frames } = exception;
  const said = firstLine(value);
  if (mechanism.synthetic && isNative) {
    const crashed = frames[0]?.function ?? null;
    if (crashed !== null) return bounded(crashed);
  }
  if (type === null || (mechanism.synthetic && !isNative)) {
    return bounded(said || firstLine(message?.text ?? '') || (type ?? '')) || '(no message)';
  }
  return bounded(said === '' ? type : `${type}: ${said}`);
}

/** The title where the product protects messages: no word of one stands in it. */
export function plainEventTitle(
  exception: EventException | null,
  logger: string | null,
  { isNative }: { readonly isNative: boolean },
): string {
  const type = exception?.type ?? null;
  if (exception !== null && type !== null && (!exception.mechanism.synthetic || isNative)) {
    return eventTitle({ ...exception, value: '' }, null, { isNative });
  }
  return bounded(logger === null ? 'message' : `message of ${firstLine(logger)}`);
}

/** The first line that says something. */
function firstLine(text: string): string {
  return (
    text
      .slice(0, 4000)
      .split(/\r\n|\r|\n/)
      .find((line) => line.trim() !== '') ?? ''
  );
}

function bounded(text: string): string {
  const clean = text.replace(/[\u0001-\u001f\u007f]+/g, ' ').trimEnd();
  if (clean.length <= MAX_TITLE) return clean;
  return `${clean.slice(0, MAX_TITLE - 3).toWellFormed()}...`;
}
