// Cuts texts so that a page stays small whatever a report holds: the cost of a text is its size when escaped.

const ESCAPED: Readonly<Record<string, number>> = { '&': 5, '<': 4, '>': 4, '"': 6, "'": 5 };

/** A text cut to a budget, and whether something was left out. */
export interface Excerpt {
  readonly text: string;
  readonly complete: boolean;
  /** What the text costs in a page, in bytes at most. */
  readonly cost: number;
}

/** As much of the beginning of a text as fits into `budget` bytes of HTML; never half a character. */
export function excerpt(text: string, budget: number): Excerpt {
  let cost = 0;
  let end = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const bytes = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    const next = cost + (ESCAPED[character] ?? bytes);
    if (next > budget) return { text: text.slice(0, end), complete: false, cost };
    cost = next;
    end += character.length;
  }
  return { text, complete: true, cost };
}
