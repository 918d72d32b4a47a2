// A prefix that no rule knows: the same shape at the start of line after line. Asked only where nothing was understood
// without it, because frames have much in common, too.
import type { RawLine } from './log-lines.ts';
import { withoutControls } from './control-characters.ts';

const MAX_PREFIX = 200;
const MAX_SAMPLE = 400;
const MIN_LINES = 3;
const MIN_PREFIX = 4;
/** What a prefix ends with: a mark, and perhaps blanks. */
const ENDS = /[:|>\])] ?| - /g;

/** The length of the shared prefix of a line, as a function of the line; null where the lines share none. */
export function sharedPrefix(raw: readonly RawLine[]): ((line: string) => number) | null {
  const shapes = new Map<string, number>();
  let counted = 0;
  for (const { text } of raw.slice(0, MAX_SAMPLE)) {
    const line = withoutControls(text.slice(0, MAX_PREFIX));
    if (line.trim() === '') continue;
    counted += 1;
    for (const end of endsOf(line)) {
      const shape = shapeOf(line.slice(0, end));
      shapes.set(shape, (shapes.get(shape) ?? 0) + 1);
    }
  }
  // The longest that most lines have: `#0 `, `at ` and `  File` are no prefixes, as they end with none of the marks.
  const wanted = Math.max(MIN_LINES, Math.floor(counted * 0.6));
  let best = '';
  for (const [shape, count] of shapes) if (count >= wanted && shape.length > best.length) best = shape;
  if (best.length < MIN_PREFIX || !/[A-Za-z0-9]/.test(best)) return null;
  return (line) => {
    for (const end of endsOf(line.slice(0, MAX_PREFIX)).toReversed()) {
      if (shapeOf(line.slice(0, end)) === best) return end;
    }
    return 0;
  };
}

function endsOf(line: string): number[] {
  const ends: number[] = [];
  for (const match of line.matchAll(ENDS)) {
    ends.push(match.index + match[0].length);
    if (ends.length >= 12) break;
  }
  return ends;
}

/** Numbers of any length are one thing, blanks that pad are another. */
function shapeOf(text: string): string {
  return text.replace(/\d+/g, '0').replace(/ +/g, ' ');
}
