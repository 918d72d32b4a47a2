// Java signatures from the text of a stack trace, as Socorro makes them.
import { characters, splitLines, strip } from './signature-text.ts';

const MAX_LENGTH = 255;
const NOT_EXPECTED = 'EMPTY: Java stack trace not in expected format';

/** A signature with its notes, which say what was wrong with the input. */
export interface NotedSignature {
  readonly signature: string;
  readonly notes: readonly string[];
}

/**
 * `Class: message method` of the first two lines. Addresses of objects are masked. Where the message ends with such
 * an address a delimiter stands before the method too; that it does not do so elsewhere is an old error of Socorro's
 * that its signatures have kept.
 */
export function javaSignature(stack: unknown, delimiter = ': '): NotedSignature {
  const lines = typeof stack === 'string' ? splitLines(stack).map((line) => strip(line)) : [];
  const first = lines[0];
  if (first === undefined) {
    return { signature: NOT_EXPECTED, notes: ['JavaSignatureTool: stack trace not in expected format'] };
  }
  const notes: string[] = [];
  const colon = first.indexOf(':');
  if (colon < 0) notes.push('JavaSignatureTool: stack trace line 1 is not in the expected format');
  const className = colon < 0 ? first : strip(first.slice(0, colon));
  const description = colon < 0 ? '' : strip(first.slice(colon + 1).replace(/@[0-9a-f]{8}/g, '@<addr>'));
  const second = lines[1];
  if (second === undefined) notes.push('JavaSignatureTool: stack trace line 2 is missing');
  const method = second?.replace(/\.java:\d+\)$/, '.java)') ?? '';
  if (second !== undefined && method === '') notes.push('JavaSignatureTool: stack trace line 2 is empty');

  const parts = description.endsWith('<addr>')
    ? [className, description, method]
    : [className, joined(' ', [description, method])];
  const signature = joined(delimiter, parts);
  if (characters(signature) <= MAX_LENGTH) return { signature, notes };
  notes.push('JavaSignatureTool: dropped Java exception description due to length');
  return { signature: `${className}${delimiter}${method}`, notes };
}

function joined(delimiter: string, parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(delimiter);
}
