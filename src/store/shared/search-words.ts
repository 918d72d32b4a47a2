// The words of a text filter: what FTS5 is asked, and the exact check of what it found.
import { annotationsFromJson } from './report-row.ts';

const MAX_WORDS = 16;
const MAX_WORD_LENGTH = 200;

/** The words of a search in lower case; none for an absent or blank text. */
export function searchWords(text: string | undefined): readonly string[] {
  return (text ?? '')
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== '')
    .slice(0, MAX_WORDS)
    .map((word) => word.slice(0, MAX_WORD_LENGTH));
}

/**
 * An FTS5 expression that finds at least the reports that hold all words. The index knows runs of letters and digits; a word
 * such as `libc.so.6` is several of them. Null where no word has a letter or digit: the index cannot help.
 */
export function ftsExpression(words: readonly string[]): string | null {
  const tokens = words.flatMap((word) => word.match(/[\p{L}\p{N}\p{Co}]+/gu) ?? []);
  return tokens.length === 0 ? null : tokens.map((token) => `"${token}"`).join(' AND ');
}

/** Whether annotations (the JSON of a row) hold every word, in names or values, in either case. */
export function matchesWords(annotationsJson: string, words: readonly string[]): boolean {
  const text = annotationsFromJson(annotationsJson)
    .map(({ key, value }) => `${key}\n${value}`)
    .join('\n')
    .toLowerCase();
  return words.every((word) => text.includes(word));
}
