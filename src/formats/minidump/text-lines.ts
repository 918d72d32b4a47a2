// Lines of a text without an array of them: a hostile text may consist of line feeds alone.

/** The lines of `text` one after the other, without their line feeds. */
export function* linesOf(text: string): Generator<string> {
  let start = 0;
  while (start < text.length) {
    const end = text.indexOf('\n', start);
    yield text.slice(start, end === -1 ? text.length : end);
    if (end === -1) return;
    start = end + 1;
  }
}
