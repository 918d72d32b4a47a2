// Documents that are one crash as a whole, and no log: asked before the text is taken apart into lines.
import type { FoundTrace } from '../trace/trace-language.ts';

/** Reads a document; null where the text is none of the known ones. */
export function wholeTextTrace(_text: string): Pick<FoundTrace, 'trace' | 'fate'> | null {
  return null;
}
