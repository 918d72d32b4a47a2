// Bracketed parts of a function name, and what replaces them.

/** Start and end (exclusive) of an outermost bracketed part. */
export type Slice = readonly [start: number, end: number];

/**
 * The outermost parts between `open` and `close`. A close without an open is plain text; a part that is never closed
 * runs to the end.
 */
export function findEnclosedSlices(text: string, open: string, close: string): readonly Slice[] {
  const slices: Slice[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charAt(index);
    if (char === open) {
      if (depth === 0) start = index;
      depth += 1;
    } else if (char === close && depth > 0) {
      depth -= 1;
      if (depth === 0) slices.push([start, index + 1]);
    }
  }
  if (depth > 0) slices.push([start, text.length]);
  return slices;
}

/** What to put in place of a part; `before` is the text since the previous part. */
export type SliceReplacement = (slice: string, before: string) => string;

/** Replaces each outermost part. */
export function replaceSlices(
  text: string,
  open: string,
  close: string,
  replacement: SliceReplacement,
): string {
  const result: string[] = [];
  let last = 0;
  for (const [start, end] of findEnclosedSlices(text, open, close)) {
    const before = text.slice(last, start);
    result.push(before, replacement(text.slice(start, end), before));
    last = end;
  }
  result.push(text.slice(last));
  return result.join('');
}
