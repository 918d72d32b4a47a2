// Takes `static`, `virtual` and the return type off a demangled function.

const CLOSES: Readonly<Record<string, string>> = { '(': ')', '{': '}', '[': ']', '<': '>', '`': "'" };
const CLOSING: ReadonlySet<string> = new Set(Object.values(CLOSES));

/** The text split at blanks that stand outside of all brackets; consecutive blanks give empty tokens. */
export function topLevelTokens(text: string): readonly string[] {
  const tokens: string[] = [];
  const open: string[] = [];
  let start = 0;
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charAt(index);
    if (Object.hasOwn(CLOSES, char)) open.push(char);
    else if (CLOSING.has(char)) {
      // A close that does not fit the innermost open is plain text: `operator->`, `a > b`.
      if (open.length > 0 && CLOSES[open.at(-1) ?? ''] === char) open.pop();
    } else if (char === ' ' && open.length === 0) {
      tokens.push(text.slice(start, index));
      start = index + 1;
    }
  }
  if (start < text.length) tokens.push(text.slice(start));
  return tokens;
}

/** The name with its arguments: the last token, joined with what belongs to it though a blank stands between. */
export function dropPrefixAndReturnType(text: string): string {
  return lastToken(topLevelTokens(text), (token) => token.startsWith('(') || token.startsWith('[clone'));
}

/** Joins trailing tokens that belong to the one before, and answers the last. */
export function lastToken(tokens: readonly string[], belongs: (token: string) => boolean): string {
  let first = tokens.length - 1;
  while (first > 0 && belongs(tokens[first] ?? '')) first -= 1;
  return tokens.slice(Math.max(0, first)).join(' ');
}
