// Prints JSON for reading without touching its tokens: numbers keep their digits, keys their order and repetitions.
// A text that is not JSON gives null. Output and indentation are bounded, because depth is the sender's choice.

const MAX_INDENT = 40;

/** The text indented by two, cut after `maxChars`; null where it is not JSON. */
export function prettyJson(text: string, maxChars: number): string | null {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  let out = '';
  let depth = 0;
  const newLine = () => `\n${' '.repeat(Math.min(depth * 2, MAX_INDENT))}`;
  // Valid JSON falls into strings, brackets, separators and plain words; white space between them is dropped.
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+/g)) {
    if (out.length > maxChars) return `${out.slice(0, maxChars)}…`;
    const last = out.at(-1);
    if (token === '{' || token === '[') {
      depth += 1;
      out += token + newLine();
    } else if (token === '}' || token === ']') {
      depth -= 1;
      const empty = (last === ' ' || last === '\n') && /[[{]\s*$/.test(out.slice(-MAX_INDENT - 4));
      out = empty ? out.trimEnd() + token : out + newLine() + token;
    } else if (token === ',') out += token + newLine();
    else if (token === ':') out += ': ';
    else out += token;
  }
  return out;
}
