// The expressions of rules that people write: `/…/` with flags behind it; anything else is a plain text.

const EXPRESSION = /^\/(.+)\/([a-z]*)$/s;

/** The expression that a pattern holds, null where it is a plain text; throws with the reason where it is none that works. */
export function patternExpression(pattern: string): RegExp | null {
  const written = EXPRESSION.exec(pattern);
  if (written === null) return null;
  const flags = written[2] ?? '';
  // `g` and `y` would make an answer depend on the one before.
  if (/[^imsu]/.test(flags)) throw new Error(`the flags "${flags}" are not among i, m, s and u`);
  return new RegExp(written[1] ?? '', flags);
}
