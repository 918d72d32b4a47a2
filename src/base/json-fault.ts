// What is wrong with a text that is not JSON, without a word of the text: the engine's own message quotes what stands around the
// fault, and that can be somebody's address or password.

/** `not valid JSON`, with the position where the engine gave one. */
export function jsonFault(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const position = /at position (\d{1,12})/.exec(message)?.[1];
  if (position !== undefined) return `not valid JSON at position ${position}`;
  return message.startsWith('Unexpected end') ? 'JSON that ends early' : 'not valid JSON';
}

/** Name of an error and where it was thrown: its message may quote what a client sent. */
export function faultPlace(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const place = /\/([\w.-]+\.[jt]s:\d+)/.exec(error.stack ?? '')?.[1];
  return place === undefined ? error.name : `${error.name} in ${place}`;
}
